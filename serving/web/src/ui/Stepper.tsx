/** A number with a step less and a step more beside it. */
import { useId } from "preact/hooks";
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
  /** What the buttons do, for those who do not see them. */
  less: string;
  more: string;
  onValue: (value: number) => void;
}

export function Stepper({ label, hint, value, step, finest, max, testid, less, more, onValue }: Props) {
  const id = useId();
  const move = (by: number) => onValue(Math.min(max, Math.max(0, (Number.isNaN(value) ? 0 : value) + by)));
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="stepper">
        <button type="button" class="button round" disabled={value <= 0} onClick={() => move(-step)}
          aria-label={less} data-testid={`${testid}-less`}>
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
          aria-label={more} data-testid={`${testid}-more`}>
          <Plus />
        </button>
      </div>
      {hint && <p class="soft small" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}
