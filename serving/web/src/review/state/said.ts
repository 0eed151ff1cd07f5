/** What just happened, in a line that is always there, and read out. */
import { signal } from "@preact/signals";
import { announce } from "../../state/announce";

export const said = signal<{ text: string; trouble: boolean }>({ text: "", trouble: false });

export function say(text: string, trouble = false): void {
  said.value = { text, trouble };
  announce(text);
}
