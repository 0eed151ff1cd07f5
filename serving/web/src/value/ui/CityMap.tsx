/** The city as the density of its homes, with names of its parts; a tap or the arrow keys set the pin. */
import { type Bounds, METRES_PER_DEGREE, roundLength, shades, type View, viewOf } from "../geometry";
import { pin, place } from "../state";
import { distance } from "../texts";
import type { MarketMap, Place, Point } from "../types";

/** Units of the longer side: about as many as pixels, so that letters keep their size. */
const WIDE = 640;
const NARROW = 400;
const LETTER = 7.2;
const LINE = 16;
const STEP_M = 250;

interface Props {
  map: MarketMap;
  bounds: Bounds;
  onPoint: (at: Point) => void;
}

export function CityMap({ map, bounds, onPoint }: Props) {
  const view = viewOf(bounds, matchMedia("(max-width: 40rem)").matches ? NARROW : WIDE);
  const click = (event: MouseEvent) => {
    const drawn = (event.currentTarget as SVGSVGElement).getScreenCTM();
    if (!drawn) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawn.inverse());
    if (x >= 0 && y >= 0 && x <= view.width && y <= view.height) onPoint(view.of(x, y));
  };
  const key = (event: KeyboardEvent) => {
    const way = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!way) return;
    event.preventDefault();
    onPoint(moved(pin.value ?? start(bounds), way[0] ?? 0, way[1] ?? 0));
  };
  const at = pin.value && view.at(pin.value);
  return (
    // A map is worked by its own keys; everything that it sets can be set by the list above as well.
    <svg class="city-map" viewBox={`0 0 ${view.width.toFixed(0)} ${view.height.toFixed(0)}`} role="application"
      aria-labelledby="map-label" tabindex={0} onClick={click} onKeyDown={key} data-testid="city-map">
      <Shades map={map} view={view} />
      {labels(map.places, view).map(({ one, x, y }) => (
        <text key={one.name} x={x} y={y} class={one.name === place.value?.name ? "district chosen" : "district"}
          aria-hidden="true">{one.name}</text>
      ))}
      <Scale view={view} />
      {at && <PinMark x={at.x} y={at.y} />}
    </svg>
  );
}

/** The squares of the city's homes, in four shades. */
export function Shades({ map, view }: { map: MarketMap; view: View }) {
  return <>{shades(map, view).map((path, shade) => path && <path key={shade} class={`shade-${shade + 1}`} d={path} />)}</>;
}

export function PinMark({ x, y }: { x: number; y: number }) {
  return (
    <g class="pin" transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`} data-testid="pin">
      <path d="M0 0c-5-9-13-15-13-24a13 13 0 0 1 26 0c0 9-8 15-13 24z" />
      <circle cy="-24" r="5" />
    </g>
  );
}

/** How far a line is. */
export function Scale({ view }: { view: View }) {
  const { metres, units } = roundLength(view, view.width / 3);
  const y = view.height - 12;
  return (
    <g class="scale" aria-hidden="true">
      <path d={`M14 ${y - 6}v6h${units.toFixed(1)}v-6`} />
      <text x={14 + units / 2} y={y - 8} text-anchor="middle">{distance(metres)}</text>
    </g>
  );
}

/** Names that have room: the chosen one first, then as they come. */
function labels(places: readonly Place[], view: View): { one: Place; x: number; y: number }[] {
  const taken: [number, number, number][] = [];
  const found: { one: Place; x: number; y: number }[] = [];
  const ordered = [...places].sort((a, b) => Number(b.name === place.value?.name) - Number(a.name === place.value?.name));
  for (const one of ordered) {
    if (one.latitude === null || one.longitude === null) continue;
    const at = view.at({ latitude: one.latitude, longitude: one.longitude });
    const half = (one.name.length * LETTER) / 2 + 4;
    const x = Math.min(view.width - half, Math.max(half, at.x));
    const free = taken.every(([ox, oy, other]) => Math.abs(ox - x) > half + other || Math.abs(oy - at.y) > LINE);
    if (!free || at.y < LINE || at.y > view.height - 34) continue;
    taken.push([x, at.y, half]);
    found.push({ one, x, y: at.y });
  }
  return found;
}

function start(bounds: Bounds): Point {
  const one = place.value;
  if (one?.latitude != null && one.longitude != null) return { latitude: one.latitude, longitude: one.longitude };
  return { latitude: (bounds.south + bounds.north) / 2, longitude: (bounds.west + bounds.east) / 2 };
}

function moved(from: Point, east: number, north: number): Point {
  const degree = STEP_M / METRES_PER_DEGREE;
  return {
    latitude: from.latitude + north * degree,
    longitude: from.longitude + (east * degree) / Math.cos((from.latitude * Math.PI) / 180),
  };
}
