/** Similar homes: a map drawn from what the service knows, a table, and what a comparable is. */
import { around, viewOf } from "../geometry";
import { counted, map, pin } from "../state";
import { area, distance, money, month, t } from "../texts";
import type { Comparable, Point, Valuation } from "../types";
import { PinMark, Scale, Shades } from "./CityMap";

const SIDE = 480;
const LEAST_M = 250;

export function Comparables({ found }: { found: Valuation }) {
  if (!found.comparables.length) return null;
  const sale = found.price_kind === "closing";
  return (
    <section class="panel" aria-labelledby="comparables-title" data-testid="comparables">
      <h2 id="comparables-title">{t("comparables.title")}</h2>
      <p class="soft">{found.words.comparable}</p>
      <div class="comparables">
        <NearMap found={found} />
        <div class="table-wrap" role="region" aria-label={t("comparables.table")} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("comparables.home")}</th>
                <th scope="col" class="amount-cell">{t(sale ? "comparables.sold" : "comparables.asked")}</th>
                <th scope="col" class="amount-cell">{t("comparables.adjusted")}</th>
              </tr>
            </thead>
            <tbody>
              {found.comparables.map((one, at) => (
                <tr key={at}>
                  <th scope="row">
                    <span class="number" aria-hidden="true">{at + 1}</span>
                    <span>{aboutHome(one)}{one.metres !== null && <small>{t("comparables.away", { distance: distance(one.metres) })}</small>}</span>
                  </th>
                  <td class="amount-cell">{money(one.price, found.currency, true)}<small>{month(one.date)}</small></td>
                  <td class="amount-cell"><strong>{money(one.adjusted_price, found.currency)}</strong></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </section>
  );
}

function aboutHome(one: Comparable): string {
  const rooms = one[counted.value.name as "rooms" | "bedrooms"] ?? one.rooms ?? one.bedrooms;
  const key = counted.value.name === "rooms" ? "answer.rooms" : "answer.bedrooms";
  return [
    one.area_m2 !== null ? area(Math.round(one.area_m2)) : "",
    rooms !== null ? t(key, { count: rooms }) : "",
  ].filter(Boolean).join(" · ");
}

/** Your home in the middle of its comparables, over the city's homes. */
function NearMap({ found }: { found: Valuation }) {
  const here = point(found) ?? pin.value;
  const placed = found.comparables.flatMap((one, at) => {
    const where = point(one);
    return where ? [{ at, where }] : [];
  });
  if (!here || !placed.length) return null;
  const view = viewOf(around([here, ...placed.map(({ where }) => where)], LEAST_M), SIDE);
  const own = view.at(here);
  return (
    <svg class="near-map" viewBox={`0 0 ${view.width.toFixed(0)} ${view.height.toFixed(0)}`} role="img"
      aria-label={t("comparables.map", { count: placed.length })} data-testid="near-map">
      {map.value && <Shades map={map.value} view={view} />}
      {placed.map(({ at, where }) => {
        const { x, y } = view.at(where);
        return (
          <g key={at} class="near-home" transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}>
            <circle r="13" /><text y="5" text-anchor="middle">{at + 1}</text>
          </g>
        );
      })}
      <PinMark x={own.x} y={own.y} />
      <Scale view={view} />
    </svg>
  );
}

function point(one: { latitude: number | null; longitude: number | null }): Point | null {
  return one.latitude !== null && one.longitude !== null ? { latitude: one.latitude, longitude: one.longitude } : null;
}
