/** The range as a bar, the value in it, and where the comparables stand. */
import { money, t } from "../texts";
import type { Valuation } from "../types";

const WIDTH = 640;
const SIDE = 60;
const TOP = 40;

export function RangeBar({ found, comparables }: { found: Valuation; comparables: boolean }) {
  const { low, high, value, currency } = found;
  const near = comparables ? found.comparables.map((one) => one.adjusted_price) : [];
  const margin = (high - low) * 0.12;
  const from = Math.min(low - margin, ...near);
  const to = Math.max(high + margin, ...near);
  const x = (amount: number) => SIDE + ((amount - from) / (to - from)) * (WIDTH - 2 * SIDE);
  const said = { low: money(low, currency), high: money(high, currency), value: money(value, currency) };
  return (
    <svg class="range" viewBox={`0 0 ${WIDTH} ${near.length ? 104 : 88}`} role="img" aria-label={t("answer.bar", said)}
      data-testid="range-bar">
      <path class="axis" d={`M${SIDE} ${TOP + 9}H${WIDTH - SIDE}`} />
      <rect class="span" x={x(low)} y={TOP} width={x(high) - x(low)} height="18" rx="9" />
      {near.map((amount, number) => <circle key={number} class="near" cx={x(amount)} cy={TOP + 9} r="5" />)}
      <path class="mark" d={`M${x(value)} ${TOP - 6}v30`} />
      <text class="big" x={x(value)} y={TOP - 14} text-anchor="middle">{said.value}</text>
      <text x={x(low)} y={TOP + 40} text-anchor="middle">{said.low}</text>
      <text x={x(high)} y={TOP + 40} text-anchor="middle">{said.high}</text>
      {near.length > 0 && (
        <g class="key">
          <circle class="near" cx={SIDE + 6} cy={TOP + 58} r="5" />
          <text x={SIDE + 18} y={TOP + 62}>{t("answer.key_comparables")}</text>
        </g>
      )}
    </svg>
  );
}
