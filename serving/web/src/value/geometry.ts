/**
 * Places on a flat picture: a city is small enough for the earth to be flat, to within a pixel.
 *
 *     const view = viewOf(bounds, 600);
 *     const { x, y } = view.at(place);
 */
import type { MarketMap, Point } from "./types";

export const METRES_PER_DEGREE = 111_320;

export interface Bounds {
  south: number;
  west: number;
  north: number;
  east: number;
}

export interface View {
  width: number;
  height: number;
  metresPerUnit: number;
  at: (point: Point) => { x: number; y: number };
  of: (x: number, y: number) => Point;
}

const east = (latitude: number) => METRES_PER_DEGREE * Math.cos((latitude * Math.PI) / 180);

/** The picture of these bounds, its longer side so many units. */
export function viewOf({ south, west, north, east: right }: Bounds, longer: number): View {
  const middle = (south + north) / 2;
  const across = (right - west) * east(middle);
  const up = (north - south) * METRES_PER_DEGREE;
  const metresPerUnit = Math.max(across, up) / longer;
  const width = across / metresPerUnit;
  const height = up / metresPerUnit;
  return {
    width,
    height,
    metresPerUnit,
    at: ({ latitude, longitude }) => ({
      x: ((longitude - west) / (right - west)) * width,
      y: ((north - latitude) / (north - south)) * height,
    }),
    of: (x, y) => ({
      latitude: north - (y / height) * (north - south),
      longitude: west + (x / width) * (right - west),
    }),
  };
}

export function boundsOf(map: MarketMap): Bounds | null {
  const { south, west, north, east: right } = map;
  if (south === null || west === null || north === null || right === null) return null;
  return { south, west, north, east: right };
}

export function metresBetween(a: Point, b: Point): number {
  const x = (a.longitude - b.longitude) * east(a.latitude);
  return Math.hypot(x, (a.latitude - b.latitude) * METRES_PER_DEGREE);
}

/** A square around points, with a margin. */
export function around(points: readonly Point[], least: number): Bounds {
  const lats = points.map(({ latitude }) => latitude);
  const lons = points.map(({ longitude }) => longitude);
  const middle = { latitude: (Math.min(...lats) + Math.max(...lats)) / 2, longitude: (Math.min(...lons) + Math.max(...lons)) / 2 };
  const reach = Math.max(least, ...points.map((point) => metresBetween(middle, point))) * 1.25;
  const dLat = reach / METRES_PER_DEGREE;
  const dLon = reach / east(middle.latitude);
  return {
    south: middle.latitude - dLat, north: middle.latitude + dLat,
    west: middle.longitude - dLon, east: middle.longitude + dLon,
  };
}

/** One path a shade: squares of the map's cells, seen through another picture. */
export function shades(map: MarketMap, view: View): string[] {
  const bounds = boundsOf(map);
  const rows = map.cells.length;
  const columns = map.cells[0]?.length ?? 0;
  const paths = ["", "", "", ""];
  if (!bounds || !columns) return paths;
  const topLeft = view.at({ latitude: bounds.north, longitude: bounds.west });
  const end = view.at({ latitude: bounds.south, longitude: bounds.east });
  const w = (end.x - topLeft.x) / columns;
  const h = (end.y - topLeft.y) / rows;
  map.cells.forEach((line, row) => {
    const y = topLeft.y + row * h;
    if (y + h < 0 || y > view.height) return;
    for (let at = 0; at < columns; ) {
      const shade = Number(line[at]);
      let to = at + 1;
      while (to < columns && line[to] === line[at]) to += 1;
      const x = topLeft.x + at * w;
      const wide = (to - at) * w;
      if (shade > 0 && x + wide > 0 && x < view.width) {
        paths[shade - 1] += `M${x.toFixed(1)} ${y.toFixed(1)}h${wide.toFixed(1)}v${h.toFixed(1)}h${(-wide).toFixed(1)}z`;
      }
      at = to;
    }
  });
  return paths;
}

/** A round length of at most so many units. */
export function roundLength(view: View, most: number): { metres: number; units: number } {
  const rough = most * view.metresPerUnit;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const metres = [5, 2, 1].map((nice) => nice * ten).find((nice) => nice <= rough) ?? ten;
  return { metres, units: metres / view.metresPerUnit };
}
