/** The range as a bar, the value in it, and where the comparables stand. As wide as there is room. */
import { money, t } from "../texts";
import type { Valuation } from "../types";

const SIDE = 14;
const TOP = 34;

export function RangeBar({ found, comparables }: { found: Valuation; comparables: boolean }) {
  const { low, high, value, currency } = found;
  const share = (amount: number) => SIDE + ((amount - low) / (high - low)) * (100 - 2 * SIDE);
  const shown = comparables ? found.comparables.map((one) => one.adjusted_price) : [];
  const near = shown.filter((amount) => share(amount) > 1 && share(amount) < 99);
  const x = (amount: number) => `${share(amount).toFixed(2)}%`;
  const said = { low: money(low, currency), high: money(high, currency), value: money(value, currency) };
  const line = TOP + 9;
  return (
    <div class="range">
      <svg role="img" aria-label={t("answer.bar", said)} data-testid="range-bar">
        <line class="axis" x1={`${SIDE / 2}%`} x2={`${100 - SIDE / 2}%`} y1={line} y2={line} />
        <rect class="span" x={x(low)} y={TOP} width={`${(share(high) - share(low)).toFixed(2)}%`} height="18" rx="9" />
        {near.map((amount, number) => <circle key={number} class="near" cx={x(amount)} cy={line} r="5" />)}
        <line class="mark" x1={x(value)} x2={x(value)} y1={TOP - 6} y2={TOP + 24} />
        <text class="big" x={x(value)} y={TOP - 14} text-anchor="middle">{said.value}</text>
        <text x={x(low)} y={TOP + 40} text-anchor="middle">{said.low}</text>
        <text x={x(high)} y={TOP + 40} text-anchor="middle">{said.high}</text>
      </svg>
      {near.length > 0 && (
        <p class="soft small key">
          <svg width="14" height="14" aria-hidden="true"><circle class="near" cx="7" cy="7" r="5" /></svg>
          {t("answer.key_comparables")}
        </p>
      )}
    </div>
  );
}
