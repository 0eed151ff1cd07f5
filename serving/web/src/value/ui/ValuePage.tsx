/** Header, the step under way, and what a screen reader is told. */
import { useEffect, useRef } from "preact/hooks";
import { announcement } from "../../state/announce";
import { LanguageSwitch } from "../../ui/LanguageSwitch";
import { Mark } from "../../ui/icons";
import { failed, load, markets, step, STEPS, wanted } from "../state";
import { errorText, t } from "../texts";
import { Answer } from "./Answer";
import { More } from "./More";
import { What } from "./What";
import { Where } from "./Where";

export function ValuePage() {
  useEffect(() => {
    document.title = `${t("value.title")} – homelens`;
  });
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>{t("ui.skip")}</a>
      <header class="top">
        <div class="top-inner">
          <span class="brand"><Mark /> homelens</span>
          <LanguageSwitch label={t("ui.language")} />
        </div>
      </header>
      <main id="main" class="value-page" tabIndex={-1}><Body /></main>
      <p class="hidden" role="status" aria-live="polite" data-testid="announcer">{announcement}</p>
    </>
  );
}

function Body() {
  const now = step.value;
  const top = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    // A new step begins at its heading, for the eye and for a screen reader alike, unless it was
    // opened for one of its fields.
    const field = wanted.value !== null && wanted.value !== "location";
    if (!first.current && !field) {
      scrollTo({ top: 0 });
      top.current?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [now]);

  if (failed.value) {
    return (
      <div class="message" role="alert" data-testid="page-error" data-code={failed.value.code}>
        <h1>{errorText(failed.value)}</h1>
        <button type="button" class="button primary" onClick={() => void load()}>{t("ui.try_again")}</button>
      </div>
    );
  }
  if (!markets.value) {
    return (
      <div class="message" aria-busy="true">
        <h1 class="hidden">{t("value.title")}</h1>
        <p class="soft loading"><span class="spinner" /> {t("ui.loading")}</p>
      </div>
    );
  }
  if (!markets.value.markets.length || (markets.value.challenge && !markets.value.public)) {
    const key = markets.value.markets.length ? "value.closed" : "valuation.none";
    return <div class="message" data-testid="closed"><h1>{t(key)}</h1></div>;
  }
  if (now === "answer") return <Answer top={top} />;
  return (
    <div class="start value-form">
      <h1 tabIndex={-1} ref={top}>{t(`${now}.title`)}</h1>
      <Progress />
      <p class="lead">{t(`${now}.lead`)}</p>
      {now === "where" && <Where />}
      {now === "what" && <What />}
      {now === "more" && <More />}
    </div>
  );
}

function Progress() {
  const at = STEPS.findIndex((name) => name === step.value);
  return (
    <div class="steps" role="img" aria-label={t("value.step", { number: at + 1, of: STEPS.length })}>
      {STEPS.map((name, number) => <span key={name} class={number <= at ? "done" : ""} />)}
    </div>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
