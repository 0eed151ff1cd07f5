/**
 * The photo under work: its boxes with what the labeler changed, which box is selected, and the way
 * back. Every change is saved as a draft. Components read the signals; only functions here write them.
 */
import { batch, computed, signal } from "@preact/signals";
import { boxesOf, changed, changesOf, editsOf, ghostOf, newId, NONE, suggested } from "../model/edits";
import type { Changes } from "../model/edits";
import { around, moved, nearFirst, resized, same, tidy } from "../model/geometry";
import type { Edges } from "../model/geometry";
import type { Corners, Task, TaskBox } from "../types";
import { discard, saveSoon, unsavedDraft } from "./drafts";

/** Changes of the same kind to the same box within this time are one step back. */
const ONE_STEP_MS = 1_500;

interface Work {
  changes: Changes;
  selected: string | null;
  past: readonly Changes[];
}

/** Work on photos that were left for a moment, by task. */
const left = new Map<string, Work>();

export const task = signal<Task | null>(null);
const changes = signal<Changes>(NONE);
const past = signal<readonly Changes[]>([]);
export const selected = signal<string | null>(null);
/** A box that was just added and not placed yet: a drag draws it elsewhere. */
export const unplaced = signal<string | null>(null);

let lastStep = { what: "", at: 0 };

export const boxes = computed<readonly TaskBox[]>(() => (task.value ? boxesOf(task.value, changes.value) : []));
export const selectedBox = computed(() => boxes.value.find((box) => box.id === selected.value) ?? null);
export const flaggedBox = computed(() => boxes.value.find((box) => box.id === task.value?.box_id) ?? null);
export const ghost = computed(() => (task.value ? ghostOf(task.value) : null));
/** How many boxes are not as they were. */
export const count = computed(() => changes.value.size);
export const canStepBack = computed(() => past.value.length > 0);

/** What the flag is about: the flagged box and the suggestion's; the photo where neither has a place. */
export const flaggedPlace = computed<Corners>(() => {
  const original = task.value?.boxes.find((box) => box.id === task.value?.box_id);
  const places = [flaggedBox.value ?? original, ghost.value].filter((place) => place != null);
  return places.length ? around(places) : { x1: 0, y1: 0, x2: 1, y2: 1 };
});

const photo = () => task.value?.image ?? { width: 1, height: 1 };

export const edits = () => (task.value ? editsOf(task.value, changes.value) : []);

/** Show a task, with what was done of it before. */
export function begin(next: Task | null, before: Changes | null = null): void {
  if (task.value?.id === next?.id) return;
  const current = task.value;
  if (current) left.set(current.id, { changes: changes.value, selected: selected.value, past: past.value });
  const work = next && (left.get(next.id) ?? opened(next, before));
  batch(() => {
    task.value = next;
    changes.value = work?.changes ?? NONE;
    past.value = work?.past ?? [];
    selected.value = work?.selected ?? null;
    unplaced.value = null;
  });
  lastStep = { what: "", at: 0 };
  if (next && before) saveSoon(next.id, edits());
}

function opened(next: Task, before: Changes | null): Work {
  const kept = unsavedDraft(next.id) ?? next.draft?.edits ?? [];
  const found = before ?? changesOf(next, kept);
  const there = next.box_id !== null && found.get(next.box_id) !== null;
  // Each change can be taken back by itself, the newest first.
  const steps = [...found.keys()].map((_, at) => new Map([...found].slice(0, at)));
  return { changes: found, selected: there ? next.box_id : null, past: steps };
}

/** The task is answered or let go: its work is over. */
export function finish(id: string): void {
  left.delete(id);
  if (task.value?.id === id) begin(null);
  left.delete(id);
  discard(id);
}

/** Edits of a task that is not on screen now. */
export function editsElsewhere(other: Task): ReturnType<typeof editsOf> {
  if (other.id === task.value?.id) return edits();
  const work = left.get(other.id);
  return work ? editsOf(other, work.changes) : [...(unsavedDraft(other.id) ?? other.draft?.edits ?? [])];
}

function commit(next: Changes, what: string): void {
  const now = performance.now();
  if (what !== lastStep.what || now - lastStep.at > ONE_STEP_MS) past.value = [...past.value, changes.value];
  lastStep = { what, at: now };
  changes.value = next;
  if (task.value) saveSoon(task.value.id, edits());
}

function put(box: TaskBox, what: string): void {
  if (!task.value) return;
  batch(() => {
    if (unplaced.value === box.id && what !== "add") unplaced.value = null;
    commit(changed(task.value as Task, changes.value, box.id, box), `${what} ${box.id}`);
  });
}

/** A new step begins, whatever came before: a drag, for one. */
export function newStep(): void {
  lastStep = { what: "", at: 0 };
}

/** Take the last change back; whether there was one. */
export function stepBack(): boolean {
  const before = past.value.at(-1);
  if (!before) return false;
  batch(() => {
    const now = changes.value;
    const other = [...new Set([...now.keys(), ...before.keys()])].find((id) => now.get(id) !== before.get(id));
    past.value = past.value.slice(0, -1);
    changes.value = before;
    unplaced.value = null;
    if (other) selected.value = other; // what came back is what one looks at
    if (!selectedBox.value) selected.value = flaggedBox.value?.id ?? null;
  });
  newStep();
  if (task.value) saveSoon(task.value.id, edits());
  return true;
}

export function nudge(dx: number, dy: number): boolean {
  const box = selectedBox.value;
  if (!box) return false;
  put({ ...box, ...moved(box, dx, dy, photo()) }, "move");
  return true;
}

export function resize(edges: Edges): boolean {
  const box = selectedBox.value;
  if (!box) return false;
  put({ ...box, ...resized(box, edges, photo()) }, "resize");
  return true;
}

/** Corners from a drag on the photo; a box that only moved keeps its size at the photo's edge. */
export function drag(id: string, to: Corners): void {
  const box = boxes.value.find((one) => one.id === id);
  if (!box) return;
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-9;
  const sameSize = near(to.x2 - to.x1, box.x2 - box.x1) && near(to.y2 - to.y1, box.y2 - box.y1);
  const { width, height } = photo();
  const place = sameSize
    ? moved(box, (to.x1 - box.x1) * width, (to.y1 - box.y1) * height, photo())
    : tidy(to, photo());
  if (!same(place, box)) put({ ...box, ...place }, "drag");
}

export function relabel(label: string): boolean {
  const box = selectedBox.value;
  if (!box) return false;
  if (box.label !== label) put({ ...box, label }, "relabel");
  return true;
}

/** Delete the selected box; the one that was deleted. */
export function remove(): TaskBox | null {
  const box = selectedBox.value;
  if (!task.value || !box) return null;
  batch(() => {
    commit(changed(task.value as Task, changes.value, box.id, null), `delete ${box.id}`);
    selected.value = null;
    unplaced.value = null;
  });
  return box;
}

/** Add a box, to be placed with the arrows or drawn. */
export function add(at: Corners, label: string): TaskBox | null {
  if (!task.value) return null;
  const box = { id: newId(changes.value), label, ...tidy(at, photo()) };
  batch(() => {
    commit(new Map(changes.value).set(box.id, box), `add ${box.id}`);
    selected.value = box.id;
    unplaced.value = box.id;
  });
  return box;
}

/** Where the box that was just added was drawn. */
export function drawn(at: Corners): void {
  const box = boxes.value.find((one) => one.id === unplaced.value);
  if (box) put({ ...box, ...tidy(at, photo()) }, "draw");
}

/** Make the suggestion a change of one's own, to be corrected further. */
export function takeOver(): boolean {
  if (!task.value?.suggestion) return false;
  const made = suggested(task.value, changes.value);
  batch(() => {
    commit(made.changes, "suggestion");
    selected.value = made.id;
    unplaced.value = null;
  });
  return true;
}

export function select(id: string | null): void {
  batch(() => {
    if (unplaced.value !== id) unplaced.value = null;
    selected.value = id;
  });
}

/** The boxes from the flagged place outwards. */
const outwards = computed(() => {
  const first = flaggedBox.value;
  const others = first ? boxes.value.filter((box) => box !== first) : boxes.value;
  const sorted = nearFirst(others, flaggedPlace.value, photo());
  return first ? [first, ...sorted] : sorted;
});

/** The next box outwards from the flag, or back; from the last to the first. */
export function selectNext(step: 1 | -1): { box: TaskBox; number: number } | null {
  const all = outwards.value;
  if (!all.length) return null;
  const at = all.findIndex((box) => box.id === selected.value);
  const number = at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length;
  const box = all[number];
  if (!box) return null;
  select(box.id);
  return { box, number };
}
