/**
 * Unfinished work, saved while it is done: a moment after each change, again until the service has it.
 * Until then it is kept in this tab too, so that a reload loses nothing. Each save renews the lease.
 *
 *     saveSoon(task.id, edits)
 */
import { computed, signal } from "@preact/signals";
import { asApiError } from "../../api/http";
import { api } from "../api/calls";
import type { Edit } from "../types";
import { forget, keep, recall } from "./kept";
import { persistently } from "./network";
import { say } from "./said";
import { errorText } from "../texts";

const PAUSE_MS = 400;

interface Draft {
  edits: readonly Edit[];
  timer: number;
  sending: boolean;
}

const drafts = new Map<string, Draft>();

const unsaved = signal(0);
/** Whether the service has everything of the photo under work. */
export const allSaved = computed(() => unsaved.value === 0);

/** Tasks whose lease another labeler has now. */
export const lost = signal<ReadonlySet<string>>(new Set());

const slot = (task: string) => `draft:${task}`;

/** Save after a short pause, so that a held arrow key is one call. */
export function saveSoon(task: string, edits: readonly Edit[]): void {
  keep("sessionStorage", slot(task), edits);
  const draft = drafts.get(task) ?? { edits, timer: 0, sending: false };
  clearTimeout(draft.timer);
  drafts.set(task, { ...draft, edits, timer: setTimeout(() => void save(task), PAUSE_MS) });
  unsaved.value = drafts.size;
}

/** Save now, which renews the lease; whether it is still held. */
export async function renew(task: string, edits: readonly Edit[]): Promise<boolean> {
  if (!drafts.has(task)) drafts.set(task, { edits, timer: 0, sending: false });
  await save(task);
  return !lost.value.has(task);
}

/** What this tab kept of a task and the service may not have. */
export const unsavedDraft = (task: string) => recall<Edit[]>("sessionStorage", slot(task));

/** The task is answered, or let go: nothing of it is saved any more. */
export function discard(task: string): void {
  clearTimeout(drafts.get(task)?.timer);
  drafts.delete(task);
  unsaved.value = drafts.size;
  forget("sessionStorage", slot(task));
  setLost(task, false);
}

/** The page is being left: what is not saved yet goes out at once. */
export function saveAllNow(): void {
  for (const [task, { edits, timer }] of drafts) {
    clearTimeout(timer);
    void api.draft(task, edits, true).catch(() => undefined);
  }
}

function setLost(task: string, gone: boolean): void {
  if (lost.value.has(task) === gone) return;
  const next = new Set(lost.value);
  if (gone) next.add(task);
  else next.delete(task);
  lost.value = next;
}

async function save(task: string): Promise<void> {
  const draft = drafts.get(task);
  if (!draft || draft.sending) return;
  clearTimeout(draft.timer);
  draft.sending = true;
  // Looked up before every attempt: what is sent is the newest.
  const newest = () => drafts.get(task)?.edits;
  let sent: readonly Edit[] | undefined;
  let taken = false;
  try {
    await persistently(() => {
      sent = newest();
      return api.draft(task, sent ?? []);
    }, () => !drafts.has(task));
    setLost(task, false);
    taken = true;
  } catch (error) {
    const found = asApiError(error);
    const gone = found.status === 409 || found.status === 404 || found.status === 410;
    if (drafts.has(task) && gone) setLost(task, true);
    else if (drafts.has(task)) say(errorText(found), true);
    sent = newest(); // refused for good: saving the same again would not help
  }
  const now = drafts.get(task);
  if (!now) return;
  now.sending = false;
  if (now.edits !== sent) return save(task);
  drafts.delete(task);
  unsaved.value = drafts.size;
  if (taken) forget("sessionStorage", slot(task));
}
