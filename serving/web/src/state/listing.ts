/**
 * The listing as this page knows it: what the service answered and what its events said since.
 * Components read the signals; only the functions here write them.
 */
import { computed, signal } from "@preact/signals";
import type { ApiError } from "../api/http";
import type {
  Info, Listing, ListingReport, Photo, PhotoCard, Question, Report, Retake,
} from "../api/types";

export type Phase = "loading" | "ready" | "failed";

export const phase = signal<Phase>("loading");
/** Why the page could not be loaded at all. */
export const failure = signal<ApiError | null>(null);
/** Why the last action did not work; shown until it is dismissed or another one works. */
export const trouble = signal<ApiError | null>(null);

export const info = signal<Info | null>(null);
export const listing = signal<Listing | null>(null);
export const report = signal<Report | null>(null);
/** By id. */
export const photos = signal<ReadonlyMap<string, Photo>>(new Map());
/** Whether events arrive, so that nothing needs to be asked again. */
export const live = signal(false);

const deleted = new Set<string>();

export function setListing(found: Listing): void {
  listing.value = found;
  const fresh = found.photos.filter(({ id }) => !deleted.has(id));
  photos.value = new Map(fresh.map((photo) => [photo.id, photo]));
}

/** The declared home and consent as they are now; photos stay. */
export function setHead(found: Listing): void {
  listing.value = found;
}

export function setReport({ report: found }: ListingReport): void {
  report.value = found;
  const head = listing.value;
  if (head && JSON.stringify(head.home) !== JSON.stringify(found.home)) {
    listing.value = { ...head, home: found.home };
  }
}

export function putPhoto(photo: Photo): void {
  if (deleted.has(photo.id)) return; // an answer that was overtaken by the deletion
  photos.value = new Map(photos.value).set(photo.id, photo);
}

export function dropPhoto(id: string): void {
  deleted.add(id);
  if (!photos.value.has(id)) return;
  const rest = new Map(photos.value);
  rest.delete(id);
  photos.value = rest;
}

/** Newest first, so that what was just added is at hand. */
export const ordered = computed<readonly Photo[]>(() =>
  [...photos.value.values()].sort(
    (a, b) =>
      b.uploaded_at.localeCompare(a.uploaded_at) ||
      a.name.localeCompare(b.name, undefined, { numeric: true }),
  ),
);

/** The report knows photos by name. */
export const cards = computed(() => byName<PhotoCard>(report.value?.photos ?? [], (card) => card.id));
export const retakes = computed(() => byName<Retake>(report.value?.retakes ?? [], (r) => r.photo));
export const questions = computed(() =>
  byName<Question>(report.value?.questions ?? [], (question) => question.photo ?? ""),
);
export const photoByName = computed(() => byName<Photo>(ordered.value, (photo) => photo.name));

function byName<T>(items: readonly T[], name: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [name(item), item]));
}

export interface Extra {
  extra: string;
  /** Names of the photos of which the seller said that they show it. */
  shownBy: readonly string[];
}

/** The extras that only the seller can find in a photo: asked for, or answered already. */
export const extras = computed<readonly Extra[]>(() => {
  const asked = (report.value?.questions ?? [])
    .filter((question) => question.code === "ask.extra")
    .flatMap((question) => question.choices.slice(0, 1));
  const lines = new Set((report.value?.lines ?? []).map((line) => line.room));
  const shownBy = (extra: string) =>
    ordered.value.filter((photo) => photo.answer?.includes(extra)).map((photo) => photo.name);
  return [...new Set([...asked, ...(listing.value?.home.extras ?? [])])]
    .sort()
    .map((extra) => ({ extra, shownBy: shownBy(extra) }))
    .filter((one) => asked.includes(one.extra) || (one.shownBy.length && !lines.has(one.extra)));
});

/** Done and asked lines, the optional ones left out. */
export const progress = computed(() => {
  const required = (report.value?.lines ?? []).filter((line) => line.required);
  return { done: required.filter((line) => line.status === "ok").length, all: required.length };
});

/** What a photo is taken for now: what it counts for, else the card's room. */
export function shownRooms(photo: Photo): readonly string[] {
  if (photo.answer) return photo.answer;
  const card = cards.value.get(photo.name);
  if (card?.counts_for.length) return card.counts_for;
  const room = card?.room ?? photo.findings.rooms[0]?.type;
  return room && room !== "other" ? [room] : [];
}
