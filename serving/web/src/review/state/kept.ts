/** What is kept in this browser under names of its own; a blocked or full storage keeps nothing. */

const PREFIX = "homelens:review:";

export function keep(store: "localStorage" | "sessionStorage", name: string, value: unknown): void {
  try {
    window[store].setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // It stays in memory until the page is left.
  }
}

export function recall<T>(store: "localStorage" | "sessionStorage", name: string): T | null {
  try {
    const text = window[store].getItem(PREFIX + name);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export function forget(store: "localStorage" | "sessionStorage", name: string): void {
  try {
    window[store].removeItem(PREFIX + name);
  } catch {
    // Nothing was kept.
  }
}

/** Everything whose name begins so. */
export function recallAll<T>(store: "localStorage" | "sessionStorage", start: string): T[] {
  try {
    const names = Object.keys(window[store]).filter((name) => name.startsWith(PREFIX + start));
    return names.flatMap((name) => recall<T>(store, name.slice(PREFIX.length)) ?? []);
  } catch {
    return [];
  }
}
