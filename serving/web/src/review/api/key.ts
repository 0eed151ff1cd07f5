/** The labeler's key: for this tab alone, gone when it is closed. On a service without keys, none. */
import { signal } from "@preact/signals";

const SLOT = "homelens:review:key";

function remembered(): string | null {
  try {
    return sessionStorage.getItem(SLOT);
  } catch {
    return null;
  }
}

let current = remembered();

/** Whether the service asked for a key, or for another one. */
export const wanted = signal(false);

export function useKey(key: string): void {
  current = key.trim();
  wanted.value = false;
  try {
    sessionStorage.setItem(SLOT, current);
  } catch {
    // Storage is blocked: the key lasts until the page is left.
  }
}

export const hasKey = () => current !== null;

/** The header that carries the key. */
export function authorization(): Record<string, string> {
  return current ? { Authorization: `Bearer ${current}` } : {};
}

/**
 * A mark of whose key it is, so that an answer that waits in this browser is never sent with another
 * labeler's key. No secret: 32 bits of a hash (FNV-1a) of a key with far more.
 */
export function owner(): string {
  let hash = 0x811c9dc5;
  for (const char of current ?? "") hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return hash.toString(36);
}
