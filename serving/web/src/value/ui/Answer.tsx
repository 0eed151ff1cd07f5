/** The value with its range, its reasons as the visit's variant shows them, and the next step. */
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { announce } from "../../state/announce";
import { isAsked } from "../fields";
import { answer, counted, go, home, market, problem, reads, working } from "../state";
import { area, change, errorText, fieldName, money, month, number, percent, t } from "../texts";
import type { Valuation } from "../types";
import { visit } from "../visit";
import { Comparables } from "./Comparables";
import { NextStep } from "./NextStep";
import { RangeBar } from "./RangeBar";
import { placeText } from "./Where";

export function Answer({ top }: { top: RefObject<HTMLHeadingElement> }) {
  const found = answer.value;
  const variant = visit.value?.variant ?? "full";
  useEffect(() => {
    if (found) announce(t("answer.said", { value: money(found.value, found.currency) }));
  }, [found]);
  if (!found) return null;
  const full = variant === "full";
  return (
    <div class="answer" data-testid="answer" data-variant={variant} aria-busy={working.value}>
      <section class="panel headline">
        <h1 tabIndex={-1} ref={top}>
          <span class="about">{t("answer.title")}</span>
          <span class="amount" data-testid="value">{money(found.value, found.currency)}</span>
        </h1>
        <p class="range-text" data-testid="range">
          {t("answer.range", {
            low: money(found.low, found.currency), high: money(found.high, found.currency),
            percent: percent(found.coverage),
          })}
        </p>
        <RangeBar found={found} comparables={full} />
        <Tier found={found} />
        <p class="soft small">
          {t(`answer.kind_${found.price_kind}`, { month: month(found.date) })}
        </p>
        <div class="said-home">
          <p>{homeText()}</p>
          <button type="button" class="button small-button" onClick={() => go("where")} data-testid="change">
            {t("answer.change")}
          </button>
        </div>
        {problem.value && <p class="form-error" role="alert">{errorText(problem.value)}</p>}
      </section>
      {variant !== "none" && <Reasons found={found} parts={full} />}
      <NextStep />
      {full && <Comparables found={found} />}
      <Narrows found={found} />
      <p class="soft small fine-print">
        {t("answer.fine_print", { homes: number(market.value?.homes ?? 0), version: found.version })}
      </p>
    </div>
  );
}

function homeText(): string {
  const { area_m2: size } = home.value;
  const rooms = home.value[counted.value.name];
  return [
    typeof size === "number" ? area(size) : "",
    typeof rooms === "number" ? t(counted.value.name === "rooms" ? "answer.rooms" : "answer.bedrooms", { count: rooms }) : "",
    placeText(),
  ].filter(Boolean).join(" · ");
}

/** How sure the value is, in words, with what values like it have shown. */
function Tier({ found }: { found: Valuation }) {
  return (
    <p class={`tier ${found.tier}`} data-testid="tier" data-tier={found.tier}>
      <span class="tier-name">
        <span class="tier-dots" aria-hidden="true"><i /><i /><i /></span> {t(`tier.${found.tier}`)}
      </span>
      {found.tier_shown && (
        <span>
          {t("tier.shown", { percent: percent(found.tier_shown.ppe10), homes: number(found.tier_shown.n) })}
        </span>
      )}
    </p>
  );
}

const MOST_PARTS = 6;

function Reasons({ found, parts }: { found: Valuation; parts: boolean }) {
  const [first, ...rest] = found.words.lines;
  const shown = found.contributions.slice(0, MOST_PARTS);
  const largest = Math.max(1, ...shown.map(({ amount }) => Math.abs(amount)));
  return (
    <section class="panel" aria-labelledby="reasons-title" data-testid="reasons">
      <h2 id="reasons-title">{t("reasons.title")}</h2>
      <p>{first}</p>
      <ul class="reasons">{rest.map((line) => <li key={line}>{line}</li>)}</ul>
      {parts && (
        <div class="parts" role="img" aria-label={t("reasons.picture")} data-testid="parts">
          {shown.map(({ topic, label, amount }) => (
            <div key={topic} class="part" aria-hidden="true">
              <span class="part-name">{fieldName(topic, label)}</span>
              <svg viewBox="-100 0 200 14" preserveAspectRatio="none" class={amount < 0 ? "less" : "more"}>
                <path class="zero" d="M0 0V14" />
                <rect x={Math.min(0, (amount / largest) * 98)} y="2" height="10"
                  width={Math.max(1, (Math.abs(amount) / largest) * 98)} rx="2" />
              </svg>
              <span class="part-amount">{change(amount, found.currency)}</span>
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

/** What would narrow the range; each leads to its field. */
function Narrows({ found }: { found: Valuation }) {
  const asked = found.narrows.filter(({ field }) => isAsked(field, reads.value));
  if (!asked.length) return null;
  return (
    <section class="panel" aria-labelledby="narrow-title" data-testid="narrows">
      <h2 id="narrow-title">{t("narrow.title")}</h2>
      <ul class="narrows">
        {asked.map(({ field, label, saves }) => (
          <li key={field}>
            <button type="button" class="button" data-testid={`narrow-${field}`}
              onClick={() => go(field === "location" ? "where" : "more", field)}>
              <span>{t(field === "location" ? "narrow.location" : "narrow.field", { field: fieldName(field, label) })}</span>
              <span class="saves">{t("narrow.saves", { percent: percent(saves) })}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
