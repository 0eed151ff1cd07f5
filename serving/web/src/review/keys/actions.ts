/** What a labeler can do: each action with its effect and what is said of it. */
import { asApiError } from "../../api/http";
import type { Edges } from "../model/geometry";
import { lost, renew } from "../state/drafts";
import * as outbox from "../state/outbox";
import { missing, painted } from "../state/photos";
import * as queue from "../state/queue";
import { say } from "../state/said";
import * as view from "../state/view";
import * as work from "../state/work";
import { errorText, labelName, placeText, t } from "../texts";
import type { TaskBox } from "../types";

/** An answer needs a photo that was seen: a key pressed too early answers nothing. */
const seen = () => {
  const task = queue.current.value;
  return task !== null && painted.value === task.id && !queue.undoing.value;
};

/** Accepting and rejecting answer for the photo as it came; whoever changed it says so. */
function untouched(): boolean {
  if (!work.count.value) return true;
  say(t("said.changed_first"), true);
  return false;
}

export function accept(): void {
  const task = queue.current.value;
  if (!seen() || !task || !untouched()) return;
  if (!task.suggestion) return say(t("said.no_suggestion"), true);
  queue.answer("accept");
  say(t("said.accepted"));
}

export function reject(): void {
  if (!seen() || !untouched()) return;
  queue.answer("reject");
  say(t("said.rejected"));
}

export function save(): void {
  if (!seen()) return;
  const count = work.count.value;
  if (!count) return say(t("said.nothing_changed"), true);
  queue.answer("edit");
  say(t("said.saved", { count }));
}

/** Also where the photo cannot be shown: it is left for others. */
export function skip(): void {
  const task = queue.current.value;
  if (!task || queue.undoing.value || !(seen() || missing.value.has(task.image.id))) return;
  queue.answer("skip");
  say(t("said.skipped"));
}

/** Take the last change back; where there is none, the last answer. */
export function undo(): void {
  if (work.stepBack()) {
    say(t("said.step_back", { count: work.count.value }));
    return view.reveal();
  }
  queue.undo().then(
    () => say(t("said.undone")),
    (thrown) => {
      const error = asApiError(thrown);
      say(error.status === 404 ? t("said.nothing_to_undo") : errorText(error), true);
    },
  );
}

export function takeOver(): void {
  if (!seen()) return;
  if (!work.takeOver()) return say(t("said.no_suggestion"), true);
  say(t("said.taken_over"));
  view.reveal();
}

export function remove(): void {
  const box = work.remove();
  say(box ? t("said.deleted", { label: labelName(box.label) }) : t("said.nothing_selected"), !box);
}

/** The class of a new box: the flag's own, for it is what is being looked at. */
function newLabel(): string {
  const task = work.task.value;
  return (
    work.selectedBox.value?.label ?? work.flaggedBox.value?.label ?? task?.suggestion?.label ?? task?.classes[0] ?? ""
  );
}

export function add(): void {
  if (!seen()) return;
  if (work.unplaced.value) return say(t("said.added"));
  if (work.add(view.middle(), newLabel())) say(t("said.added"));
}

export function relabel(label: string | undefined): void {
  if (!label || !seen()) return;
  if (!work.relabel(label)) return say(t("said.nothing_selected"), true);
  say(t("said.relabelled", { label: labelName(label) }));
}

function describe(box: TaskBox): string {
  return `${labelName(box.label)}, ${placeText(box, work.task.value?.image ?? { width: 1, height: 1 })}`;
}

function after(done: boolean): void {
  const box = work.selectedBox.value;
  if (!done || !box) return say(t("said.nothing_selected"), true);
  say(describe(box));
  view.reveal();
}

export const nudge = (dx: number, dy: number) => after(work.nudge(dx, dy));
export const resize = (edges: Edges) => after(work.resize(edges));

export function selectNext(step: 1 | -1): void {
  if (view.othersHidden.value) view.othersHidden.value = false; // what is selected is seen
  const found = work.selectNext(step);
  if (!found) return say(t("said.no_boxes"), true);
  say(t("said.selected", { number: found.number + 1, all: work.boxes.value.length, box: describe(found.box) }));
  view.reveal();
}

export function selectFlagged(): void {
  const box = work.flaggedBox.value;
  work.select(box?.id ?? null);
  view.frame("close");
  if (box) say(describe(box));
}

export function toggleOthers(): void {
  view.othersHidden.value = !view.othersHidden.value;
  say(view.othersHidden.value ? t("said.others_hidden") : t("said.others_shown"));
}

export function toggleNames(): void {
  view.namesShown.value = !view.namesShown.value;
}

export function toggleView(): void {
  view.toggle();
  say(view.mode.value === "whole" ? t("said.whole") : t("said.close"));
}

export function toggleHelp(): void {
  view.helpShown.value = !view.helpShown.value;
}

/** The notice that is shown: an answer that was refused, or a lease that is lost. */
export function tryAgain(): void {
  const entry = outbox.refused.value[0];
  if (entry) return outbox.again(entry);
  const task = queue.current.value;
  if (!task || !lost.value.has(task.id)) return;
  void renew(task.id, work.edits()).then((held) => say(held ? t("said.got_back") : t("lost.still"), !held));
}

export function drop(): void {
  const entry = outbox.refused.value[0];
  if (entry) {
    outbox.drop(entry);
    return say(t("said.dropped"));
  }
  const task = queue.current.value;
  if (!task || !lost.value.has(task.id)) return;
  queue.letGo();
  say(t("said.dropped"));
}

/** The nearest thing that Escape ends; false where it leaves the photo. */
export function escape(): boolean {
  if (view.helpShown.value) {
    view.helpShown.value = false;
    return true;
  }
  if (work.unplaced.value) {
    work.stepBack();
    return true;
  }
  return false;
}
