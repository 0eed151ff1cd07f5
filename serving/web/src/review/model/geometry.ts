/** Corners as shares of the photo, moved and resized by pixels of it; never outside, never empty. */
import type { Corners } from "../types";

export interface Size {
  width: number;
  height: number;
}

/** By how many pixels of the photo each edge moves; right and down are positive. */
export interface Edges {
  left?: number;
  top?: number;
  right?: number;
  bottom?: number;
}

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** The same size elsewhere. */
export function moved(box: Corners, dx: number, dy: number, photo: Size): Corners {
  const x = clamp(dx / photo.width, -box.x1, 1 - box.x2);
  const y = clamp(dy / photo.height, -box.y1, 1 - box.y2);
  return { x1: box.x1 + x, y1: box.y1 + y, x2: box.x2 + x, y2: box.y2 + y };
}

/** Other edges; a pixel is the least width and height. */
export function resized(box: Corners, edges: Edges, photo: Size): Corners {
  const [w, h] = [1 / photo.width, 1 / photo.height];
  return {
    x1: clamp(box.x1 + (edges.left ?? 0) * w, 0, box.x2 - w),
    y1: clamp(box.y1 + (edges.top ?? 0) * h, 0, box.y2 - h),
    x2: clamp(box.x2 + (edges.right ?? 0) * w, box.x1 + w, 1),
    y2: clamp(box.y2 + (edges.bottom ?? 0) * h, box.y1 + h, 1),
  };
}

/** Whatever was drawn, in order, inside the photo and at least a pixel large. */
export function tidy(drawn: Corners, photo: Size): Corners {
  const [w, h] = [1 / photo.width, 1 / photo.height];
  const x1 = clamp(Math.min(drawn.x1, drawn.x2), 0, 1 - w);
  const y1 = clamp(Math.min(drawn.y1, drawn.y2), 0, 1 - h);
  return {
    x1, y1,
    x2: clamp(Math.max(drawn.x1, drawn.x2), x1 + w, 1),
    y2: clamp(Math.max(drawn.y1, drawn.y2), y1 + h, 1),
  };
}

export function same(a: Corners, b: Corners): boolean {
  return a.x1 === b.x1 && a.y1 === b.y1 && a.x2 === b.x2 && a.y2 === b.y2;
}

/** The smallest box around all. */
export function around(boxes: readonly Corners[]): Corners {
  return {
    x1: Math.min(...boxes.map((box) => box.x1)),
    y1: Math.min(...boxes.map((box) => box.y1)),
    x2: Math.max(...boxes.map((box) => box.x2)),
    y2: Math.max(...boxes.map((box) => box.y2)),
  };
}

/** How far apart two boxes are in pixels: between edges, then between centres. */
function distance(a: Corners, b: Corners, photo: Size): number {
  const apart = (a1: number, a2: number, b1: number, b2: number) => Math.max(b1 - a2, a1 - b2, 0);
  const centres = Math.hypot(
    ((a.x1 + a.x2 - b.x1 - b.x2) / 2) * photo.width,
    ((a.y1 + a.y2 - b.y1 - b.y2) / 2) * photo.height,
  );
  const edges = Math.hypot(
    apart(a.x1, a.x2, b.x1, b.x2) * photo.width,
    apart(a.y1, a.y2, b.y1, b.y2) * photo.height,
  );
  return edges + centres / 1_000;
}

/** Nearest to `anchor` first. */
export function nearFirst<T extends Corners>(boxes: readonly T[], anchor: Corners, photo: Size): T[] {
  const far = new Map(boxes.map((box) => [box, distance(box, anchor, photo)]));
  return [...boxes].sort((a, b) => (far.get(a) ?? 0) - (far.get(b) ?? 0));
}

const area = (box: Corners) => (box.x2 - box.x1) * (box.y2 - box.y1);

/** Boxes at a point, the smallest first; `near` is how far beside it counts, in shares. */
export function at<T extends Corners>(boxes: readonly T[], x: number, y: number, near: Size): T[] {
  return boxes
    .filter(
      (box) =>
        x >= box.x1 - near.width && x <= box.x2 + near.width &&
        y >= box.y1 - near.height && y <= box.y2 + near.height,
    )
    .sort((a, b) => area(a) - area(b));
}
