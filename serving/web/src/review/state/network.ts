/**
 * Calls that are made again until they get an answer: after growing pauses, at once when the network
 * returns or a key is entered. Other failures are thrown.
 */
import { signal } from "@preact/signals";
import { asApiError } from "../../api/http";
import { passes, pauseSeconds } from "../../upload/retry";
import { wanted } from "../api/key";

/** Whether the last call got an answer. */
export const online = signal(true);

/** Whether trying again later can help. */
export const passing = (status: number) => passes(status) || status === 401 || status === 403;

/** `stop` is asked before every attempt; the answer is null once it says yes. */
export async function persistently<T>(call: () => Promise<T>, stop: () => boolean = () => false): Promise<T | null> {
  for (let attempts = 1; ; attempts += 1) {
    if (stop()) return null;
    try {
      const answer = await call();
      online.value = true;
      return answer;
    } catch (thrown) {
      const error = asApiError(thrown);
      if (!passing(error.status)) throw error;
      if (error.status === 0) online.value = false;
      await pause(error.status === 401 || error.status === 403, pauseSeconds(attempts, null));
    }
  }
}

function pause(forKey: boolean, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      unsubscribe();
      removeEventListener("online", wake);
      resolve();
    };
    const timer = forKey ? 0 : setTimeout(wake, seconds * 1_000);
    const unsubscribe = wanted.subscribe((asked) => {
      if (forKey && !asked) queueMicrotask(wake);
    });
    addEventListener("online", wake);
  });
}
