/**
 * Answers on their way: kept in this browser until the service has taken them, sent one after the
 * other, again after every failure that passes. Sending one twice is harmless, for a task takes one
 * answer. What the service refuses is shown until the labeler sends it again or drops it.
 */
import { signal } from "@preact/signals";
import { asApiError } from "../../api/http";
import { api } from "../api/calls";
import { owner } from "../api/key";
import type { Answer, Answered } from "../types";
import { forget, keep, recallAll } from "./kept";
import { persistently } from "./network";

export interface Entry {
  task: string;
  /** The photo's name, for the one who reads of it. */
  photo: string;
  answer: Answer;
  at: number;
  owner: string;
  /** Whether the service may have it already, the answer to that having been lost. */
  left?: boolean;
  /** The code of the refusal. */
  refused?: string;
}

/** In the order in which they were given; the first may be on its way. */
export const waiting = signal<readonly Entry[]>([]);
export const refused = signal<readonly Entry[]>([]);

const slot = (entry: Entry) => `unsent:${entry.task}`;

let sending: Promise<void> | null = null;
let onTaken: (entry: Entry, answered: Answered) => void = () => undefined;
let onRefused: (entry: Entry) => void = () => undefined;

/**
 * Take up what was left over from before. Called again when another key is entered: what waits on this
 * page was given by the one who sits before it, and is theirs under the new key too.
 */
export function open(taken: typeof onTaken, turnedDown: typeof onRefused): void {
  onTaken = taken;
  onRefused = turnedDown;
  const here = [...waiting.value, ...refused.value].map((entry) => ({ ...entry, owner: owner() }));
  for (const entry of here) keep("localStorage", slot(entry), entry);
  const tasks = new Set(here.map((entry) => entry.task));
  const before = recallAll<Entry>("localStorage", "unsent:");
  const mine = [...here, ...before.filter((entry) => entry.owner === owner() && !tasks.has(entry.task))];
  mine.sort((a, b) => a.at - b.at);
  waiting.value = mine.filter((entry) => !entry.refused);
  refused.value = mine.filter((entry) => entry.refused);
  send();
}

export function post(task: string, photo: string, answer: Answer): void {
  const entry: Entry = { task, photo, answer, at: Date.now(), owner: owner() };
  keep("localStorage", slot(entry), entry);
  waiting.value = [...waiting.value.filter((other) => other.task !== task), entry];
  send();
}

/** The last answer, if it has surely not left yet. */
export function takeBack(): Entry | null {
  const last = waiting.value.at(-1);
  if (!last || last.left) return null;
  remove(last);
  return last;
}

/** Until nothing is on its way, or the network is away. */
export const settled = () => sending ?? Promise.resolve();

export function again(entry: Entry): void {
  remove(entry);
  post(entry.task, entry.photo, entry.answer);
}

export function drop(entry: Entry): void {
  remove(entry);
}

function remove(entry: Entry): void {
  forget("localStorage", slot(entry));
  waiting.value = waiting.value.filter((other) => other !== entry);
  refused.value = refused.value.filter((other) => other !== entry);
}

function send(): void {
  sending ??= sendAll().finally(() => {
    sending = null;
    if (waiting.value.length) send();
  });
}

async function sendAll(): Promise<void> {
  for (let entry = waiting.value[0]; entry; entry = waiting.value[0]) {
    const current = entry;
    const stays = () => waiting.value[0] === current;
    try {
      const answered = await persistently(() => answer(current), () => !stays());
      if (answered === null) continue;
      remove(current);
      onTaken(current, answered);
    } catch (error) {
      const turnedDown = { ...current, refused: asApiError(error).code };
      remove(current);
      keep("localStorage", slot(turnedDown), turnedDown);
      refused.value = [...refused.value, turnedDown];
      onRefused(turnedDown);
    }
  }
}

async function answer(entry: Entry): Promise<Answered> {
  const before = entry.left ?? false;
  entry.left = true;
  try {
    return await api.answer(entry.task, entry.answer);
  } catch (error) {
    // Without a network it cannot have left; after any other failure nobody knows.
    if (asApiError(error).code === "net.offline") entry.left = before;
    throw error;
  }
}
