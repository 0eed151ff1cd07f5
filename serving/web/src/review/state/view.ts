/** Which part of the photo is on screen, and what is drawn of the boxes. */
import { batch, computed, effect, signal } from "@preact/signals";
import type { Size } from "../model/geometry";
import { closeUp, inside, shown, whole, withBox, zoomed, type View } from "../model/view";
import type { Corners } from "../types";
import * as work from "./work";

/** The size of the place where the photo is shown, in screen pixels. */
export const screen = signal<Size>({ width: 1, height: 1 });
export const view = signal<View>({ scale: 1, x: 0, y: 0 });
/** What the view follows; `free` after the labeler zoomed or moved it. */
export const mode = signal<"close" | "whole" | "free">("close");

export const othersHidden = signal(false);
export const namesShown = signal(true);
/** While a key is held, the photo is shown without any box. */
export const peeking = signal(false);
export const helpShown = signal(false);

const photo = (): Size => work.task.value?.image ?? { width: 1, height: 1 };

export const shownPart = computed<Corners>(() => shown(view.value, photo(), screen.value));

function place(): Corners {
  const flagged = work.flaggedPlace.value;
  const box = work.selectedBox.value;
  return box && box.id !== work.task.value?.box_id ? box : flagged;
}

/** Show the selected box close up, or the whole photo. */
export function frame(wanted: "close" | "whole"): void {
  batch(() => {
    mode.value = wanted;
    view.value = wanted === "whole" ? whole(photo(), screen.value) : closeUp(place(), photo(), screen.value);
  });
}

export function toggle(): void {
  frame(mode.value === "whole" ? "close" : "whole");
}

/** Larger or smaller; around the selected box where no point is given. */
export function zoom(factor: number, at: { x: number; y: number } | null = null): void {
  const { width, height } = photo();
  const box = work.selectedBox.value;
  const point = at ?? (box
    ? { x: ((box.x1 + box.x2) / 2) * width, y: ((box.y1 + box.y2) / 2) * height }
    : { x: view.value.x, y: view.value.y });
  batch(() => {
    mode.value = "free";
    view.value = zoomed(view.value, factor, point, photo(), screen.value);
  });
}

/** Move by screen pixels. */
export function pan(dx: number, dy: number): void {
  const { scale, x, y } = view.value;
  batch(() => {
    mode.value = "free";
    view.value = inside({ scale, x: x - dx / scale, y: y - dy / scale }, photo(), screen.value);
  });
}

const SMALL_PX = 14;

/** Bring the selected box into view; close up where it would be too small to be seen. */
export function reveal(): void {
  const box = work.selectedBox.value;
  if (!box || mode.value === "whole") return;
  const { width, height } = photo();
  const larger = Math.max((box.x2 - box.x1) * width, (box.y2 - box.y1) * height) * view.value.scale;
  if (larger < SMALL_PX) frame("close");
  else view.value = withBox(view.value, box, photo(), screen.value);
}

/** A point of the screen, from the corner of the photo's place, in pixels of the photo. */
export function photoPoint(x: number, y: number): { x: number; y: number } {
  const { scale, x: cx, y: cy } = view.value;
  const { width, height } = screen.value;
  return { x: cx + (x - width / 2) / scale, y: cy + (y - height / 2) / scale };
}

/** A quarter of what is shown, in its middle: where a new box appears. */
export function middle(): Corners {
  const { x1, y1, x2, y2 } = shownPart.value;
  const [w, h] = [(x2 - x1) / 8, (y2 - y1) / 8];
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return { x1: x - w, y1: y - h, x2: x + w, y2: y + h };
}

/** Every photo begins close up on what was flagged; a resized window keeps what it showed. */
export function followTasks(): void {
  effect(() => {
    void work.task.value?.id;
    queueMicrotask(() => frame("close"));
  });
  effect(() => {
    void screen.value;
    queueMicrotask(() => {
      if (mode.value === "free") view.value = inside(view.value, photo(), screen.value);
      else frame(mode.value);
    });
  });
}
