/**
 * The keyboard of the whole page. Fields keep their keys, buttons Enter and Space; on the photo, Tab
 * goes from box to box and Escape leaves it.
 */
import { signal } from "@preact/signals";
import { keep, recall } from "../state/kept";
import { peeking } from "../state/view";
import { onPhoto, leavePhoto } from "./focus";
import { escape, selectNext } from "./actions";
import { found } from "./keymap";

/** Whether single letters act; off for those who speak to their computer. */
export const lettersOn = signal(recall<boolean>("localStorage", "letters") ?? true);

export function setLetters(on: boolean): void {
  lettersOn.value = on;
  keep("localStorage", "letters", on);
}

const FIELDS = "input:not([type=checkbox]), textarea, select, [contenteditable]";

const take = (event: KeyboardEvent) => {
  event.preventDefault();
  // The annotation library has an undo of its own on the document.
  event.stopPropagation();
};

function pressed(event: KeyboardEvent): void {
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.isComposing || target.closest(FIELDS)) return;
  if (event.key === "Escape") {
    take(event);
    if (!escape()) leavePhoto();
    return;
  }
  if (event.key === "Tab") {
    if (!onPhoto() || event.ctrlKey || event.altKey || event.metaKey) return;
    take(event);
    return selectNext(event.shiftKey ? -1 : 1);
  }
  const isButton = target.closest("button, a, summary, input");
  if (isButton && (event.key === "Enter" || event.key === " ")) return;
  const binding = found(event);
  if (!binding) return;
  const isCharacter = event.key.length === 1 && event.key !== " ";
  if (isCharacter && !lettersOn.value && !event.ctrlKey && !event.metaKey) return;
  take(event);
  if (!event.repeat || binding.repeats) binding.run(event);
}

export function listen(): void {
  addEventListener("keydown", pressed, { capture: true });
  addEventListener("keyup", (event) => {
    if (event.key === " ") peeking.value = false;
  });
  addEventListener("blur", () => (peeking.value = false));
}
