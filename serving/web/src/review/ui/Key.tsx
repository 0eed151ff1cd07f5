/** A key as it stands on the keyboard, and buttons that say which key does the same. */
import type { ComponentChildren } from "preact";
import { focusPhoto } from "../keys/focus";
import { byId, keyName } from "../keys/keymap";

export function Keycap({ id }: { id: string }) {
  return <kbd>{keyName(byId(id))}</kbd>;
}

interface Props {
  id: string;
  children: ComponentChildren;
  class?: string;
  off?: boolean;
  first?: boolean;
}

/** Does what the key does, and gives the keyboard back to the photo. */
export function ActionButton({ id, children, class: name = "", off = false, first = false }: Props) {
  return (
    <button
      type="button"
      class={`button action ${name}`}
      data-testid={`do-${id}`}
      data-after-photo={first ? "" : undefined}
      aria-disabled={off}
      aria-keyshortcuts={shortcut(id)}
      onClick={() => {
        byId(id).run(new KeyboardEvent("keydown"));
        focusPhoto();
      }}
    >
      <span>{children}</span>
      <Keycap id={id} />
    </button>
  );
}

/** In the names that assistive technology knows. */
function shortcut(id: string): string {
  const key = byId(id).keys[0] ?? "";
  return key === "enter" ? "Enter" : key.toUpperCase();
}
