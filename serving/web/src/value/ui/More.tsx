/** Third step: what narrows the range. Nothing here has to be known. */
import { useEffect, useRef } from "preact/hooks";
import { moreFields } from "../fields";
import { ask, go, map, problem, reads, wanted, working } from "../state";
import { errorText, percent, t } from "../texts";
import { FieldInput } from "./FieldInput";
import { NextStep } from "./NextStep";

/** Codes that another answer on this step does not mend. */
const ELSEWHERE: Readonly<Record<string, "where" | "what">> = {
  "valuation.thin": "where", "valuation.outside": "where", "valuation.market": "where",
};

export function More() {
  const form = useRef<HTMLFormElement>(null);
  const fields = moreFields(reads.value);
  const saves = map.value?.saves ?? {};
  const ordered = [...fields].sort((a, b) =>
    Number(a.kind === "yesno") - Number(b.kind === "yesno") || (saves[b.name] ?? 0) - (saves[a.name] ?? 0));
  useEffect(() => {
    const field = wanted.value;
    if (!field) return;
    const input = form.current?.querySelector<HTMLElement>(`[data-field="${field}"]`);
    input?.scrollIntoView({ block: "center" });
    input?.focus({ preventScroll: true });
  }, []);
  const send = (event: Event) => {
    event.preventDefault();
    if (form.current?.reportValidity()) void ask();
  };
  const error = problem.value;
  return (
    <form class="panel home-form" ref={form} onSubmit={send} data-testid="more">
      {ordered.map((field) => {
        const share = saves[field.name] ?? 0;
        const hint = share >= 0.02 ? t("more.saves", { percent: percent(share) }) : undefined;
        return <FieldInput key={field.name} field={field} {...(hint ? { hint } : {})} />;
      })}
      {!ordered.length && <p>{t("more.nothing")}</p>}
      {error && (
        <div class="form-error" role="alert" data-testid="value-error" data-code={error.code}>
          <p>{errorText(error)}</p>
          {ELSEWHERE[error.code] && (
            <button type="button" class="button bare-text" onClick={() => go("where")}>{t("value.check_place")}</button>
          )}
        </div>
      )}
      {error?.code === "valuation.outside" && <NextStep />}
      <div class="form-end">
        <button type="button" class="button" onClick={() => history.back()}>{t("value.back")}</button>
        <button type="submit" class="button primary" disabled={working.value} data-testid="ask">
          {t(working.value ? "more.working" : "more.ask")}
        </button>
      </div>
    </form>
  );
}
