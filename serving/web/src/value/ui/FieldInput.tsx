/** One field of the form: a number, a choice, or yes, no and not known. */
import { useId } from "preact/hooks";
import type { Field } from "../fields";
import { home, put } from "../state";
import { fieldName, maybe, t } from "../texts";
import type { Given } from "../types";

interface Props {
  field: Field;
  unit?: string;
  hint?: string;
}

export function FieldInput({ field, unit, hint }: Props) {
  const id = useId();
  const label = fieldName(field.name);
  const value = home.value[field.name];
  if (field.kind !== "number") return <Choice field={field} {...(hint ? { hint } : {})} />;
  const described = hint ? { "aria-describedby": `${id}-hint` } : {};
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="with-unit">
        <input id={id} class="input" type="number" inputMode="decimal" min={field.min} max={field.max} step={field.step}
          value={typeof value === "number" ? value : ""} {...described} data-field={field.name}
          data-testid={`field-${field.name}`}
          onInput={(event) => {
            const given = event.currentTarget.valueAsNumber;
            put(field.name, Number.isNaN(given) ? null : given);
          }} />
        {unit && <span class="soft">{unit}</span>}
      </span>
      {hint && <p class="soft small" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

/** Chips; the last one takes the answer back. */
function Choice({ field, hint }: { field: Field; hint?: string }) {
  const name = useId();
  const yesno = field.kind === "yesno";
  // Details of a market are numbers, its extras are yes or no.
  const options: readonly Given[] = yesno ? (field.name.startsWith("x_") ? [1, 0] : [true, false]) : (field.options ?? []);
  const value = home.value[field.name];
  const word = (option: Given) => (yesno ? t(option ? "value.yes" : "value.no") : optionName(field.name, option));
  return (
    <fieldset class={yesno ? "field yesno" : "field"}>
      <legend>{fieldName(field.name)} {hint && <span class="soft small hint">{hint}</span>}</legend>
      <div class="chips">
        {[...options, null].map((option, number) => (
          <label key={String(option)} class="chip">
            <input type="radio" name={name} checked={(value ?? null) === option}
              {...(number === 0 ? { "data-field": field.name } : {})}
              data-testid={`field-${field.name}-${String(option)}`} onChange={() => put(field.name, option)} />
            <span>{option === null ? t("value.unknown") : word(option)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function optionName(field: string, option: Given): string {
  return maybe(`option.${field}.${String(option)}`) ?? String(option);
}
