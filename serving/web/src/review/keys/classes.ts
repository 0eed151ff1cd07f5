/** The list of classes under its search field: opened by a key, left with a choice or Escape. */
import { signal } from "@preact/signals";
import { focusPhoto } from "./focus";

export const SEARCH = "class-search";
export const classQuery = signal("");

export function openClasses(): void {
  classQuery.value = "";
  document.getElementById(SEARCH)?.focus();
}

/** Back to the photo. */
export function closeClasses(): void {
  classQuery.value = "";
  focusPhoto();
}
