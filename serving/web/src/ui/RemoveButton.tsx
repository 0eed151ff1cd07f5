/** Removing is final, so it asks once more, in place. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/i18n";
import { Bin } from "./icons";

interface Props {
  name: string;
  onRemove: () => void;
}

export function RemoveButton({ name, onRemove }: Props) {
  const [asking, setAsking] = useState(false);
  const asked = useRef(false);
  const yes = useRef<HTMLButtonElement>(null);
  const ask = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (asking) yes.current?.focus();
    else if (asked.current) ask.current?.focus();
    asked.current = asking;
  }, [asking]);

  if (!asking) {
    return (
      <button ref={ask} type="button" class="button quiet" onClick={() => setAsking(true)}
        aria-label={t("card.remove_label", { name })} data-testid="remove">
        <Bin /> {t("card.remove")}
      </button>
    );
  }
  return (
    <div class="confirm" role="group" aria-label={t("card.remove_label", { name })}
      onKeyDown={(event) => {
        if (event.key === "Escape") setAsking(false);
      }}>
      <p>{t("card.remove_ask")}</p>
      <button ref={yes} type="button" class="button danger" onClick={onRemove}
        data-testid="remove-confirm">
        {t("card.remove_yes")}
      </button>
      <button type="button" class="button" onClick={() => setAsking(false)} data-testid="remove-cancel">
        {t("card.keep")}
      </button>
    </div>
  );
}
