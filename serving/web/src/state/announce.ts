/**
 * What a screen reader is told: one polite live region, fed with whole sentences. What comes within
 * a moment is said together, for each change of a live region cuts the one before.
 */
import { signal } from "@preact/signals";

const TOGETHER_MS = 700;
const MOST_SENTENCES = 4;

export const announcement = signal("");

let waiting: string[] = [];
let timer = 0;

export function announce(sentence: string): void {
  if (!waiting.includes(sentence)) waiting.push(sentence);
  if (timer) return;
  timer = setTimeout(() => {
    announcement.value = waiting.slice(-MOST_SENTENCES).join(" ");
    waiting = [];
    timer = 0;
  }, TOGETHER_MS);
}
