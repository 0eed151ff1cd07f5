/**
 * Proof of work for visitors without a key: solved while the form is filled in, used with the answer.
 *
 *     work.begin();                      // when it is clear that a value will be asked for
 *     const altcha = await work.done();  // a second at most, mostly none
 */
import type { Challenge } from "altcha-lib";
import { ApiError } from "../api/http";

/** Challenges are valid for ten minutes. */
const FRESH_MS = 9 * 60_000;

export function proofOfWork(fetchChallenge: () => Promise<Challenge>) {
  let started = 0;
  let found: Promise<string> | null = null;

  function begin(): void {
    if (found && Date.now() - started < FRESH_MS) return;
    started = Date.now();
    found = fetchChallenge().then(solved);
    found.catch(() => (found = null)); // whoever waits hears of it; the next one begins anew
  }
  return {
    begin,
    done: (): Promise<string> => {
      begin();
      return found ?? Promise.reject(new ApiError("valuation.challenge", 0));
    },
    /** The solution was used up, or refused. */
    drop: (): void => void (found = null),
  };
}

async function solved(challenge: Challenge): Promise<string> {
  const worker = new Worker(new URL("./solver.worker.ts", import.meta.url), { type: "module" });
  try {
    const solution = await new Promise<unknown>((resolve, reject) => {
      worker.onmessage = (message) => resolve(message.data);
      worker.onerror = () => reject(new ApiError("valuation.challenge", 0));
      worker.postMessage(challenge);
    });
    if (!solution) throw new ApiError("valuation.challenge", 0);
    return btoa(JSON.stringify({ challenge, solution }));
  } finally {
    worker.terminate();
  }
}
