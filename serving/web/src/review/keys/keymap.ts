/**
 * Every action with its key: the one table that the keyboard, the buttons and the legend read.
 *
 *     found(event)?.run(event)
 */
import * as work from "../state/work";
import { peeking, pan, zoom } from "../state/view";
import { t, type Key } from "../texts";
import * as act from "./actions";
import { openClasses } from "./classes";

export type Group = "answer" | "box" | "view";

export interface Binding {
  id: string;
  /** What `KeyboardEvent.key` says, in lower case. */
  keys: readonly string[];
  /** Held with it; Shift is left to the action. */
  held?: "alt" | "ctrl";
  /** How the key is called where that depends on the language, else as it is. */
  shown: string | Key[];
  text: Key;
  group: Group;
  /** Whether holding the key repeats it; an answer is given once. */
  repeats?: boolean;
  run: (event: KeyboardEvent) => void;
}

const ARROWS = ["arrowleft", "arrowright", "arrowup", "arrowdown"];
const STEP = 1;
const LONG_STEP = 10;

/** The way of an arrow key in pixels of the photo. */
function way(event: KeyboardEvent): { x: number; y: number } {
  const step = event.shiftKey ? LONG_STEP : STEP;
  const key = event.key.toLowerCase();
  return {
    x: key === "arrowleft" ? -step : key === "arrowright" ? step : 0,
    y: key === "arrowup" ? -step : key === "arrowdown" ? step : 0,
  };
}

const PAN_PX = 60;

/** Arrows move the selected box; without one, what is shown of the photo. */
function move(event: KeyboardEvent): void {
  const { x, y } = way(event);
  if (work.selectedBox.value) act.nudge(x, y);
  else pan(-Math.sign(x) * PAN_PX, -Math.sign(y) * PAN_PX);
}

export const bindings: readonly Binding[] = [
  { id: "accept", keys: ["a"], shown: "A", text: "do.accept", group: "answer", run: act.accept },
  { id: "reject", keys: ["r"], shown: "R", text: "do.reject", group: "answer", run: act.reject },
  { id: "save", keys: ["enter"], shown: ["key.enter"], text: "do.save", group: "answer", run: act.save },
  { id: "skip", keys: ["s"], shown: "S", text: "do.skip", group: "answer", run: act.skip },
  { id: "undo", keys: ["u"], shown: "U", text: "do.undo", group: "answer", run: act.undo },
  { id: "take-over", keys: ["e"], shown: "E", text: "do.take_over", group: "box", run: act.takeOver },
  {
    id: "move", keys: ARROWS, shown: "←↑↓→", text: "do.move", group: "box", repeats: true, run: move,
  },
  {
    id: "resize-end", keys: ARROWS, held: "alt", shown: ["key.alt_arrows"], text: "do.resize_end", group: "box",
    repeats: true,
    run: (event) => act.resize({ right: way(event).x, bottom: way(event).y }),
  },
  {
    id: "resize-start", keys: ARROWS, held: "ctrl", shown: ["key.ctrl_arrows"], text: "do.resize_start", group: "box",
    repeats: true,
    run: (event) => act.resize({ left: way(event).x, top: way(event).y }),
  },
  {
    id: "relabel", keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], shown: "1–9", text: "do.relabel", group: "box",
    run: (event) => act.relabel(work.task.value?.classes[Number(event.key) - 1]),
  },
  { id: "classes", keys: ["c"], shown: "C", text: "do.classes", group: "box", run: openClasses },
  { id: "delete", keys: ["d", "delete"], shown: "D", text: "do.delete", group: "box", run: act.remove },
  { id: "add", keys: ["b"], shown: "B", text: "do.add", group: "box", run: act.add },
  {
    id: "next-box", keys: ["n"], shown: "N, Tab", text: "do.next_box", group: "view", repeats: true,
    run: (event) => act.selectNext(event.shiftKey ? -1 : 1),
  },
  { id: "flagged", keys: ["f"], shown: "F", text: "do.flagged", group: "view", run: act.selectFlagged },
  { id: "zoom", keys: ["z"], shown: "Z", text: "do.zoom", group: "view", run: act.toggleView },
  {
    id: "larger", keys: ["+", "="], shown: "+", text: "do.larger", group: "view", repeats: true, run: () => zoom(1.25),
  },
  { id: "smaller", keys: ["-"], shown: "−", text: "do.smaller", group: "view", repeats: true, run: () => zoom(0.8) },
  { id: "others", keys: ["h"], shown: "H", text: "do.others", group: "view", run: act.toggleOthers },
  { id: "names", keys: ["t"], shown: "T", text: "do.names", group: "view", run: act.toggleNames },
  {
    id: "peek", keys: [" "], shown: ["key.space"], text: "do.peek", group: "view",
    run: () => {
      peeking.value = true;
    },
  },
  { id: "help", keys: ["?"], shown: "?", text: "do.help", group: "view", run: act.toggleHelp },
];

/** Only where a notice offers them. */
export const noticeBindings: readonly Binding[] = [
  { id: "again", keys: ["y"], shown: "Y", text: "do.again", group: "answer", run: act.tryAgain },
  { id: "drop", keys: ["x"], shown: "X", text: "do.drop", group: "answer", run: act.drop },
];

const all = [...bindings, ...noticeBindings];

export function byId(id: string): Binding {
  const found = all.find((one) => one.id === id);
  if (!found) throw new Error(`no action is called ${id}`);
  return found;
}

/** "Enter" in English, "Invio" in Italian. */
export function keyName({ shown }: Binding): string {
  return typeof shown === "string" ? shown : shown.map((key) => t(key)).join(" ");
}

/** What a pressed key does. */
export function found(event: KeyboardEvent): Binding | undefined {
  const key = event.key.toLowerCase();
  const ctrl = event.ctrlKey || event.metaKey;
  if (ctrl && !event.altKey && key === "z") return byId("undo");
  const held = event.altKey ? "alt" : ctrl ? "ctrl" : undefined;
  // AltGr is Alt with Ctrl, and types characters.
  if (event.altKey && ctrl) return undefined;
  return all.find((one) => one.held === held && one.keys.includes(key));
}
