/** How long the labeler has looked at the photo: the time that the page was hidden is left out. */

let since: number | null = null;
let before = 0;

/** A photo appeared. `already` are seconds of an earlier look at it. */
export function start(already = 0): void {
  before = already * 1_000;
  since = document.hidden ? null : performance.now();
}

export function seconds(): number {
  const now = since === null ? 0 : performance.now() - since;
  return Math.round((before + now) / 100) / 10;
}

export function watchVisibility(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      if (since !== null) before += performance.now() - since;
      since = null;
    } else since ??= performance.now();
  });
}
