/** Where the keyboard is: on the photo, while nothing else was chosen. */

export const PHOTO = "photo";

export function focusPhoto(): void {
  document.getElementById(PHOTO)?.focus({ preventScroll: true });
}

/** Whether the keyboard is on the photo, or nowhere. */
export function onPhoto(): boolean {
  const active = document.activeElement;
  return active === null || active === document.body || active.id === PHOTO;
}

/** Out of the photo, to the first button behind it: Tab goes on from there. */
export function leavePhoto(): void {
  document.querySelector<HTMLElement>("[data-after-photo]")?.focus();
}
