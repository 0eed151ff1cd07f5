/** Asks for the labeler's key. What was done so far stays, and is sent with the key. */
import { useEffect, useRef, useState } from "preact/hooks";
import { hasKey, useKey } from "../api/key";
import { open } from "../state/queue";
import { t } from "../texts";

export function KeyForm() {
  const [key, setKey] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <main class="key-page">
      <form
        class="key-form"
        data-testid="key-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!key.trim()) return;
          useKey(key);
          open();
        }}
      >
        <h1>{t("key.title")}</h1>
        <p class="soft">{t("key.lead")}</p>
        <label>
          <span>{t("key.label")}</span>
          <input ref={field} type="password" autocomplete="off" required spellcheck={false} data-testid="key"
            value={key} onInput={(event) => setKey(event.currentTarget.value)}
            aria-describedby={hasKey() ? "key-wrong" : undefined} />
        </label>
        {hasKey() && <p id="key-wrong" class="bad" role="alert" data-testid="key-wrong">{t("key.wrong")}</p>}
        <button type="submit" class="button primary" data-testid="key-submit">{t("key.go")}</button>
      </form>
    </main>
  );
}
