/**
 * What a labeler changed in a photo: the boxes that are not as they were, by id. `null` is a box that
 * was deleted; ids that begin with `new:` are boxes that the service does not know yet.
 *
 *     const changes = changesOf(task, task.draft.edits);
 *     editsOf(task, changes)          // for the service again
 */
import type { Corners, Edit, Suggestion, Task, TaskBox } from "../types";
import { same } from "./geometry";

export type Changes = ReadonlyMap<string, TaskBox | null>;

export const NONE: Changes = new Map();

const NEW = "new:";

export const isNew = (id: string) => id.startsWith(NEW);

/** An id that no box of these changes has. */
export function newId(changes: Changes): string {
  const numbers = [...changes.keys()].filter(isNew).map((id) => Number(id.slice(NEW.length)));
  return `${NEW}${Math.max(0, ...numbers) + 1}`;
}

/** The boxes as they are now: the photo's own in their order, then the added ones. */
export function boxesOf(task: Task, changes: Changes): TaskBox[] {
  if (!changes.size) return [...task.boxes];
  const found: TaskBox[] = [];
  for (const box of task.boxes) {
    const now = changes.get(box.id);
    if (now !== null) found.push(now ?? box);
  }
  for (const [id, box] of changes) if (isNew(id) && box) found.push(box);
  return found;
}

/** Changes with one more; a box that is again as it was is no change. */
export function changed(task: Task, changes: Changes, id: string, box: TaskBox | null): Changes {
  const next = new Map(changes);
  const before = task.boxes.find((one) => one.id === id);
  if (box === null && isNew(id)) next.delete(id);
  else if (box && before && box.label === before.label && same(box, before)) next.delete(id);
  else next.set(id, box);
  return next;
}

function edit(op: Edit["op"], box: TaskBox, label: string | null, at: Corners | null): Edit {
  const place = at ?? { x1: null, y1: null, x2: null, y2: null };
  const { x1, y1, x2, y2 } = place;
  return { op, box_id: isNew(box.id) ? null : box.id, label, x1, y1, x2, y2 };
}

/** The changes as the service takes them. */
export function editsOf(task: Task, changes: Changes): Edit[] {
  const before = new Map(task.boxes.map((box) => [box.id, box]));
  const found: Edit[] = [];
  for (const [id, box] of changes) {
    const old = before.get(id);
    if (isNew(id)) {
      if (box) found.push(edit("add", box, box.label, box));
    } else if (!old) continue;
    else if (!box) found.push(edit("delete", old, null, null));
    else {
      if (!same(box, old)) found.push(edit("move", box, null, box));
      if (box.label !== old.label) found.push(edit("relabel", box, box.label, null));
    }
  }
  return found;
}

const hasPlace = (one: Edit | Suggestion): one is (Edit | Suggestion) & Corners =>
  one.x1 !== null && one.y1 !== null && one.x2 !== null && one.y2 !== null;

const placeOf = ({ x1, y1, x2, y2 }: Corners): Corners => ({ x1, y1, x2, y2 });

/** Edits that were kept as changes; those of boxes that are no more are left out. */
export function changesOf(task: Task, edits: readonly Edit[]): Changes {
  let changes = NONE;
  for (const one of edits) {
    if (one.op === "add") {
      if (!hasPlace(one) || !one.label) continue;
      const id = newId(changes);
      changes = new Map(changes).set(id, { id, label: one.label, ...placeOf(one) });
      continue;
    }
    const id = one.box_id ?? "";
    const old = changes.get(id) ?? task.boxes.find((box) => box.id === id);
    if (!old) continue;
    if (one.op === "delete") changes = changed(task, changes, id, null);
    else if (one.op === "relabel") changes = changed(task, changes, id, { ...old, label: one.label ?? old.label });
    else if (hasPlace(one)) changes = changed(task, changes, id, { ...old, ...placeOf(one) });
  }
  return changes;
}

/** Where the suggestion wants a box, if it names a place. */
export function ghostOf(task: Task): Corners | null {
  const { suggestion } = task;
  return suggestion && hasPlace(suggestion) ? placeOf(suggestion) : null;
}

/** The suggestion as a change that can be worked on; the changes and the box that it is about. */
export function suggested(task: Task, changes: Changes): { changes: Changes; id: string | null } {
  const { suggestion, box_id: flagged } = task;
  const ghost = ghostOf(task);
  if (suggestion?.action === "add" && ghost && suggestion.label) {
    const id = newId(changes);
    return { changes: new Map(changes).set(id, { id, label: suggestion.label, ...ghost }), id };
  }
  const old = task.boxes.find((box) => box.id === flagged);
  if (!suggestion || !old) return { changes, id: flagged };
  if (suggestion.action === "delete") return { changes: changed(task, changes, old.id, null), id: null };
  const box = { ...old, ...(ghost ?? {}), label: suggestion.label ?? old.label };
  return { changes: changed(task, changes, old.id, box), id: old.id };
}
