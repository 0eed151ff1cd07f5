/**
 * Which part of the photo is on screen: `scale` in screen pixels for a pixel of the photo, and the
 * photo's point in the middle, in its pixels. Pure; a view never leaves the photo.
 */
import type { Corners } from "../types";
import type { Size } from "./geometry";

export interface View {
  scale: number;
  x: number;
  y: number;
}

/** A box is shown so large, as a share of the screen: the rest is what stands around it. */
const SHARE = 0.3;
/** Closer than this, a small box loses its surroundings and says no more than its pixels do. */
const CLOSEST = 14;
/** Where a box is smaller than this even in the whole photo, it cannot be judged there. */
const LARGE_ENOUGH = 0.25;
export const LARGEST = 40;

export function fitScale(photo: Size, screen: Size): number {
  return Math.min(screen.width / photo.width, screen.height / photo.height);
}

/** The whole photo. */
export function whole(photo: Size, screen: Size): View {
  return { scale: fitScale(photo, screen), x: photo.width / 2, y: photo.height / 2 };
}

/** A box with its surroundings; the whole photo where that shows the box large enough. */
export function closeUp(box: Corners, photo: Size, screen: Size): View {
  const [w, h] = [(box.x2 - box.x1) * photo.width, (box.y2 - box.y1) * photo.height];
  const fit = fitScale(photo, screen);
  if (Math.max((w * fit) / screen.width, (h * fit) / screen.height) >= LARGE_ENOUGH) return whole(photo, screen);
  const scale = Math.min((SHARE * screen.width) / w, (SHARE * screen.height) / h, CLOSEST);
  const [x, y] = [((box.x1 + box.x2) / 2) * photo.width, ((box.y1 + box.y2) / 2) * photo.height];
  return inside({ scale, x, y }, photo, screen);
}

/** The view held within the photo and the limits of the scale. */
export function inside(view: View, photo: Size, screen: Size): View {
  const fit = fitScale(photo, screen);
  const scale = Math.min(Math.max(view.scale, fit), Math.max(LARGEST, fit));
  const held = (value: number, size: number, shown: number) => {
    const half = shown / scale / 2;
    return half * 2 >= size ? size / 2 : Math.min(Math.max(value, half), size - half);
  };
  return {
    scale,
    x: held(view.x, photo.width, screen.width),
    y: held(view.y, photo.height, screen.height),
  };
}

/** Larger or smaller by a factor, a point of the photo staying where it is on screen. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }, photo: Size, screen: Size): View {
  const { scale } = inside({ ...view, scale: view.scale * factor }, photo, screen);
  const kept = view.scale / scale;
  return inside(
    { scale, x: at.x + (view.x - at.x) * kept, y: at.y + (view.y - at.y) * kept }, photo, screen,
  );
}

/** The shown part, as shares of the photo. */
export function shown(view: View, photo: Size, screen: Size): Corners {
  const [w, h] = [screen.width / view.scale / 2, screen.height / view.scale / 2];
  const share = (value: number, size: number) => Math.min(Math.max(value / size, 0), 1);
  return {
    x1: share(view.x - w, photo.width),
    y1: share(view.y - h, photo.height),
    x2: share(view.x + w, photo.width),
    y2: share(view.y + h, photo.height),
  };
}

/** The least move that brings a box into view; centred on it where it is larger than the screen. */
export function withBox(view: View, box: Corners, photo: Size, screen: Size): View {
  const margin = 24 / view.scale;
  const along = (middle: number, low: number, high: number, extent: number) => {
    const half = extent / view.scale / 2 - margin;
    if (high - low > half * 2) return (low + high) / 2;
    return Math.min(Math.max(middle, high - half), low + half);
  };
  return inside({
    scale: view.scale,
    x: along(view.x, box.x1 * photo.width, box.x2 * photo.width, screen.width),
    y: along(view.y, box.y1 * photo.height, box.y2 * photo.height, screen.height),
  }, photo, screen);
}
