/** A number with a step less and a step more beside it. */
import { useId } from "preact/hooks";
import { t } from "../i18n/i18n";
import { Minus, Plus } from "./icons";

interface Props {
  label: string;
  hint?: string;
  value: number;
  /** What the buttons add or take; the field itself takes finer values. */
  step: number;
  finest: number;
  max: number;
  testid: string;
  onValue: (value: number) => void;
}

export function Stepper({ label, hint, value, step, finest, max, testid, onValue }: Props) {
  const id = useId();
  const move = (by: number) => onValue(Math.min(max, Math.max(0, (Number.isNaN(value) ? 0 : value) + by)));
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="stepper">
        <button type="button" class="button round" disabled={value <= 0} onClick={() => move(-step)}
          aria-label={t("home.less", { field: label })} data-testid={`${testid}-less`}>
          <Minus />
        </button>
        <input
          id={id}
          type="number"
          inputMode="decimal"
          required
          min={0}
          max={max}
          step={finest}
          value={Number.isNaN(value) ? "" : value}
          aria-describedby={hint ? `${id}-hint` : undefined}
          data-testid={testid}
          onInput={(event) => onValue(event.currentTarget.valueAsNumber)}
        />
        <button type="button" class="button round" disabled={value >= max} onClick={() => move(step)}
          aria-label={t("home.more", { field: label })} data-testid={`${testid}-more`}>
          <Plus />
        </button>
      </div>
      {hint && <p class="soft small" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}
