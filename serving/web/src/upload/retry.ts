/** Which failed uploads are sent again, and after how long. */

export const MOST_ATTEMPTS = 8;
const FIRST_PAUSE_S = 1;
const LONGEST_PAUSE_S = 30;
const LONGEST_RETRY_AFTER_S = 120;

/**
 * Statuses that pass: no answer, a body that came too slowly, too much at once, a service or a proxy
 * that is not there yet. The idempotency key makes sending again harmless.
 */
const PASSING = new Set([0, 408, 425, 429, 500, 502, 503, 504]);

export function passes(status: number): boolean {
  return PASSING.has(status);
}

/** Seconds to wait before the attempt after this many; `header` is Retry-After, if any. */
export function pauseSeconds(attempts: number, header: string | null, now = Date.now()): number {
  const backoff = Math.min(FIRST_PAUSE_S * 2 ** (attempts - 1), LONGEST_PAUSE_S);
  const asked = retryAfter(header, now);
  // Apart from each other, so that many photos refused at once do not come back at once.
  return Math.min(Math.max(backoff, asked), LONGEST_RETRY_AFTER_S) * (1 + Math.random() / 4);
}

/** Retry-After in seconds: a number or a date. */
function retryAfter(header: string | null, now: number): number {
  if (!header) return 0;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? 0 : Math.max(0, (date - now) / 1000);
}
