/**
 * A modal dialog: the browser's own, so that focus stays inside and goes back where it came from.
 * Escape, the cross and a click beside it close it; children get a function that does the same.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n/i18n";
import { Cross } from "./icons";

interface Props {
  title: string;
  testid: string;
  wide?: boolean;
  onClosed: () => void;
  children: (close: () => void) => ComponentChildren;
}

export function Dialog({ title, testid, wide = false, onClosed, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby={heading}
      data-testid={testid}
      onClose={onClosed}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="dialog-inner">
        <header>
          <h2 id={heading}>{title}</h2>
          <button type="button" class="button bare" onClick={close} aria-label={t("ui.close")} data-testid="dialog-close">
            <Cross />
          </button>
        </header>
        {children(close)}
      </div>
    </dialog>
  );
}
