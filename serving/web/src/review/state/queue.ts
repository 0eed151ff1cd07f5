/**
 * Which photo is on screen and which comes next: two tasks are leased, so that the next photo is there
 * when this one is answered. Answers leave in the background; the labeler never waits for them.
 */
import { computed, signal } from "@preact/signals";
import { asApiError, type ApiError } from "../../api/http";
import { api } from "../api/calls";
import { wanted } from "../api/key";
import { changesOf, type Changes } from "../model/edits";
import type { Edit, Outcome, Progress, Task } from "../types";
import * as clock from "./clock";
import { lost, renew } from "./drafts";
import { online, persistently } from "./network";
import * as outbox from "./outbox";
import { prepare } from "./photos";
import * as work from "./work";

const LEASED = 2;
const LOOK_AGAIN_MS = 30_000;
const KEPT_ANSWERS = 50;
/** Photos that an undo shows without a network. */
const KEPT_PHOTOS = 3;

/** The first is on screen. */
export const tasks = signal<readonly Task[]>([]);
export const progress = signal<Progress | null>(null);
/** Whether the service said that there is nothing more to review. */
export const finished = signal(false);
/** Why no tasks can be had at all. */
export const failure = signal<ApiError | null>(null);
export const set = signal<string | null>(new URLSearchParams(location.search).get("set"));
/** An undo is on its way: nothing else is answered meanwhile. */
export const undoing = signal(false);

export const current = computed(() => tasks.value[0] ?? null);

/** Answered here, so that the way back needs no network, and when the service took it. */
const answers = new Map<string, { task: Task; changes: readonly Edit[]; seconds: number; takenAt: number }>();

let timer = 0;
let filling = false;
let fillAgain = false;

function show(next: readonly Task[], before: Changes | null = null, seconds = 0): void {
  const changedTask = next[0]?.id !== tasks.value[0]?.id;
  tasks.value = next;
  const spare = [...answers.values()].slice(-KEPT_PHOTOS).map((one) => one.task.image);
  prepare(next.map((one) => one.image), spare);
  if (!changedTask) return;
  work.begin(next[0] ?? null, before);
  clock.start(seconds);
}

/** Whether a leased task was answered here: the service may not have known yet when it said so. */
function isAnswered(id: string, asked: number): boolean {
  if (outbox.waiting.value.some((entry) => entry.task === id)) return true;
  if (outbox.refused.value.some((entry) => entry.task === id)) return true;
  return (answers.get(id)?.takenAt ?? 0) > asked;
}

/** Have two tasks: called whenever there may be fewer. */
export async function fill(): Promise<void> {
  clearTimeout(timer);
  if (filling) {
    fillAgain = true;
    return;
  }
  filling = true;
  try {
    do {
      fillAgain = false;
      await ask();
    } while (fillAgain);
  } catch (error) {
    failure.value = asApiError(error);
  } finally {
    filling = false;
  }
  if (!tasks.value.length && !failure.value) timer = setTimeout(() => void fill(), LOOK_AGAIN_MS);
}

async function ask(): Promise<void> {
  const of = set.value;
  let asked = 0;
  const found = await persistently(() => {
    asked = Date.now();
    return api.next(of, LEASED);
  });
  if (!found || set.value !== of) return;
  failure.value = null;
  leased(found.tasks);
  const fresh = found.tasks.filter((one) => !isAnswered(one.id, asked));
  const known = new Set(tasks.value.map((one) => one.id));
  const renewed = tasks.value.map((one) => fresh.find((other) => other.id === one.id) ?? one);
  show([...renewed, ...fresh.filter((one) => !known.has(one.id))]);
  finished.value = tasks.value.length === 0;
}

export async function refreshProgress(): Promise<void> {
  progress.value = await persistently(() => api.progress()).catch(() => progress.value);
}

/** Begin, or begin again after another key was entered. */
export function open(): void {
  outbox.open(
    (entry, answered) => {
      const kept = answers.get(entry.task);
      if (kept) kept.takenAt = Date.now();
      progress.value = answered.progress;
      void fill();
    },
    () => void fill(),
  );
  void fill();
  void refreshProgress();
}

/** Work on another set; what is leased of this one is left for others. */
export function chooseSet(name: string | null): void {
  set.value = name;
  const address = new URL(location.href);
  if (name) address.searchParams.set("set", name);
  else address.searchParams.delete("set");
  history.replaceState(null, "", address);
  const left = tasks.value;
  show([]);
  for (const one of left) void api.release(one.id).catch(() => undefined);
  void fill();
  void refreshProgress();
}

/** Answer the photo on screen and go on at once. */
export function answer(outcome: Outcome): void {
  const task = current.value;
  if (!task || undoing.value) return;
  const edits = work.edits();
  const seconds = clock.seconds();
  answers.delete(task.id);
  answers.set(task.id, { task, changes: edits, seconds, takenAt: 0 });
  for (const id of [...answers.keys()].slice(0, -KEPT_ANSWERS)) answers.delete(id);
  leave(task);
  outbox.post(task.id, task.image.name, {
    outcome,
    edits: outcome === "edit" ? edits : [],
    seconds,
  });
}

/** The task is no longer this labeler's. */
export function letGo(): void {
  const task = current.value;
  if (!task) return;
  leave(task);
  void fill();
}

function leave(task: Task): void {
  work.finish(task.id);
  show(tasks.value.filter((one) => one.id !== task.id));
}

/** Put a task in front, as it was when it was answered. */
function restore(task: Task): void {
  const kept = answers.get(task.id);
  answers.delete(task.id);
  const before = kept?.changes.length ? changesOf(task, kept.changes) : null;
  finished.value = false;
  show([task, ...tasks.value.filter((one) => one.id !== task.id)], before, kept?.seconds ?? 0);
}

/** Undo this labeler's last answer. Throws an ApiError: `not_found` where there is none. */
export async function undo(): Promise<void> {
  if (undoing.value) return;
  const unsent = outbox.takeBack();
  const kept = unsent && answers.get(unsent.task);
  if (kept) return restore(kept.task);
  undoing.value = true;
  try {
    if (online.value) await outbox.settled();
    const { task } = await api.undo();
    leased([task]);
    restore(task);
    void refreshProgress();
  } catch (error) {
    throw asApiError(error);
  } finally {
    undoing.value = false;
  }
}

const SOONEST_MS = 2_000;
const LATEST_MS = 60_000;

/** When each lease is to be renewed, and the longest that was seen: what a renewal brings. */
const due = new Map<string, number>();
let longest = 0;

/** A third of what is left: two failures are survived. Clocks differ, hence the bounds. */
const third = (left: number) => Math.min(Math.max(left / 3, SOONEST_MS), LATEST_MS);

function leased(found: readonly Task[]): void {
  const now = Date.now();
  for (const task of found) {
    const left = Date.parse(task.leased_until) - now;
    longest = Math.max(longest, left);
    due.set(task.id, now + third(left));
  }
}

/** Renew the leases of what is here, well before they end. */
export function keepLeases(): void {
  setInterval(() => void renewDue(), SOONEST_MS / 2);
}

async function renewDue(): Promise<void> {
  if (document.hidden || wanted.value) return;
  const now = Date.now();
  for (const task of tasks.value) {
    if (lost.value.has(task.id) || (due.get(task.id) ?? 0) > now) continue;
    due.set(task.id, now + third(longest));
    const held = await renew(task.id, work.editsElsewhere(task));
    // Nothing was done of the one that waits: it is simply not the next any more.
    if (!held && task.id !== current.value?.id) dropWaiting(task);
  }
}

function dropWaiting(task: Task): void {
  if (work.editsElsewhere(task).length) return;
  work.finish(task.id);
  show(tasks.value.filter((one) => one.id !== task.id));
  void fill();
}
