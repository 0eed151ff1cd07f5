/**
 * The seller's token: taken from behind the address's #, kept for this tab alone, gone from the
 * address bar (and from the history entry) before anything is drawn.
 *
 * The fragment never reaches the server's log, and sessionStorage ends with the tab.
 */

let current: string | null = null;

const slot = (listing: string) => `homelens:token:${listing}`;

/** Take the token of this listing from the address, or the one that this tab had before. */
export function takeToken(listing: string): void {
  const given = fragment();
  if (given) {
    current = given;
    history.replaceState(null, "", location.pathname + location.search);
    try {
      sessionStorage.setItem(slot(listing), given);
    } catch {
      // Storage is blocked: the token lasts until the page is left.
    }
    return;
  }
  try {
    current = sessionStorage.getItem(slot(listing));
  } catch {
    current = null;
  }
}

function fragment(): string {
  const text = location.hash.slice(1);
  try {
    return decodeURIComponent(text).trim();
  } catch {
    return text.trim();
  }
}

/** The header that carries the token; none in a service without keys. */
export function authorization(): Record<string, string> {
  return current ? { Authorization: `Bearer ${current}` } : {};
}
