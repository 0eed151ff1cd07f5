/**
 * Photos, fetched and decoded before they are shown: the next one while the labeler looks at this
 * one. Fetched rather than linked, for an <img> cannot send a key.
 */
import { signal } from "@preact/signals";
import { asApiError, type ApiError } from "../../api/http";
import { api } from "../api/calls";
import type { Picture } from "../types";
import { persistently } from "./network";

/** Decoded photos by image id. */
export const photos = signal<ReadonlyMap<string, HTMLImageElement>>(new Map());
/** The task whose photo was painted: nobody can answer for what was not on screen yet. */
export const painted = signal<string | null>(null);
/** Photos that cannot be had, with why. */
export const missing = signal<ReadonlyMap<string, ApiError>>(new Map());

let wantedNow: ReadonlySet<string> = new Set();
const fetching = new Set<string>();

/** Have these ready, and let go of all others; `spare` are kept where they are here already. */
export function prepare(pictures: readonly Picture[], spare: readonly Picture[]): void {
  wantedNow = new Set(pictures.map((picture) => picture.id));
  const stay = new Set([...pictures, ...spare].map((picture) => picture.id));
  const kept = new Map(photos.value);
  for (const [id, element] of kept) {
    if (stay.has(id)) continue;
    URL.revokeObjectURL(element.src);
    kept.delete(id);
  }
  if (kept.size !== photos.value.size) photos.value = kept;
  for (const picture of pictures) void fetchOne(picture);
}

async function fetchOne(picture: Picture): Promise<void> {
  const { id, url } = picture;
  if (fetching.has(id) || photos.value.has(id) || missing.value.has(id)) return;
  fetching.add(id);
  try {
    const data = await persistently(() => api.photo(url), () => !wantedNow.has(id));
    if (!data) return;
    const element = new Image();
    element.alt = "";
    element.draggable = false;
    element.src = URL.createObjectURL(data);
    await element.decode();
    if (wantedNow.has(id)) photos.value = new Map(photos.value).set(id, element);
    else URL.revokeObjectURL(element.src);
  } catch (error) {
    missing.value = new Map(missing.value).set(id, asApiError(error));
  } finally {
    fetching.delete(id);
  }
}
