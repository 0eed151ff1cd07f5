/** What a seller can do to a listing, each with its call, its effect here and what is announced. */
import { signal } from "@preact/signals";
import { api } from "../api/client";
import { asApiError } from "../api/http";
import { listen } from "../api/events";
import { takeToken } from "../api/token";
import type { ListingChange, ListingReport, Photo, Progress } from "../api/types";
import { t } from "../i18n/i18n";
import { roomNames } from "../i18n/names";
import { announce } from "./announce";
import {
  dropPhoto, failure, info, live, phase, photoByName, progress, putPhoto, setHead, setListing,
  setReport, shownRooms, trouble,
} from "./listing";
import { openUploads, showProgress } from "../upload/uploader";

/** How long an event may take before the report is asked for. */
const EVENT_WITHIN_MS = 2_000;
const ASK_WITHIN_MS = 150;

let id = "";
let timer = 0;

/** Photos with a call under way. */
export const busy = signal<ReadonlySet<string>>(new Set());

/** Load a listing and keep it current. */
export async function open(listingId: string): Promise<void> {
  id = listingId;
  takeToken(id);
  openUploads(id, { onStored: stored });
  await load();
}

export async function load(): Promise<void> {
  phase.value = "loading";
  try {
    const [found, report, facts] = await Promise.all([api.listing(id), api.report(id), api.info()]);
    info.value = facts;
    setListing(found);
    setReport(report);
    phase.value = "ready";
    follow();
  } catch (error) {
    failure.value = asApiError(error);
    phase.value = "failed";
  }
}

let close: (() => void) | null = null;

function follow(): void {
  close?.();
  close = listen(id, {
    onOpen: (again) => {
      live.value = true;
      if (again) void catchUp();
    },
    onDown: () => {
      live.value = false;
    },
    onEvent: (name, data) => {
      try {
        heard(name, JSON.parse(data));
      } catch (error) {
        console.error(error);
      }
    },
  });
}

function heard(name: string, data: unknown): void {
  if (name === "photo") putPhoto(data as Photo);
  else if (name === "photo.deleted") dropPhoto((data as { id: string }).id);
  else if (name === "progress") showProgress(data as Progress);
  else if (name === "report") show(data as ListingReport);
}

/** The stream was lost for a while: ask for everything once. */
async function catchUp(): Promise<void> {
  try {
    const [found, report] = await Promise.all([api.listing(id), api.report(id)]);
    setListing(found);
    show(report);
  } catch {
    // The stream will break as well, and this is tried again when it stands.
  }
}

function show(found: ListingReport): void {
  clearTimeout(timer);
  const before = progress.value.done;
  setReport(found);
  const { done, all } = progress.value;
  if (found.report.complete) {
    if (done !== before) announce(t("list.complete"));
  } else if (done !== before) announce(t("list.updated", { done, all }));
}

/** The report will have changed: wait for its event, or ask. */
function reportSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      api.report(id).then(show, (error) => (trouble.value = asApiError(error)));
    },
    live.value ? EVENT_WITHIN_MS : ASK_WITHIN_MS,
  );
}

function stored(photo: Photo, replaced: string | null): void {
  putPhoto(photo);
  if (replaced && replaced !== photo.id) dropPhoto(replaced);
  reportSoon();
}

/** Run a call on a photo; whether it worked. One at a time: a second tap changes nothing. */
async function act(photo: string, call: () => Promise<void>): Promise<boolean> {
  if (busy.value.has(photo)) return false;
  busy.value = new Set(busy.value).add(photo);
  try {
    await call();
    trouble.value = null;
    reportSoon();
    return true;
  } catch (error) {
    trouble.value = asApiError(error);
    return false;
  } finally {
    const rest = new Set(busy.value);
    rest.delete(photo);
    busy.value = rest;
  }
}

export function answer(photo: Photo, rooms: readonly string[]): Promise<boolean> {
  return act(photo.id, async () => {
    putPhoto(await api.answer(id, photo.id, rooms));
    announce(t("card.answered", { name: photo.name, room: roomNames(rooms) }));
  });
}

export function takeBack(photo: Photo): Promise<boolean> {
  return act(photo.id, async () => {
    putPhoto(await api.takeBack(id, photo.id));
    announce(t("card.taken_back", { name: photo.name }));
  });
}

export function remove(photo: Photo): Promise<boolean> {
  return act(photo.id, async () => {
    try {
      await api.remove(id, photo.id);
    } catch (error) {
      if (asApiError(error).code !== "not_found") throw error; // it is gone already
    }
    dropPhoto(photo.id);
    announce(t("card.removed", { name: photo.name }));
  });
}

/** Say that a photo shows this as well; a photo that was said to show it no longer does. */
export async function pick(name: string, room: string, instead: readonly string[]): Promise<void> {
  const photo = photoByName.value.get(name);
  if (!photo) return;
  const rooms = new Set([...shownRooms(photo), room]);
  if (!(await answer(photo, [...rooms]))) return;
  for (const other of instead) {
    const before = photoByName.value.get(other);
    if (!before?.answer || other === name) continue;
    const rest = before.answer.filter((kept) => kept !== room);
    await (rest.length ? answer(before, rest) : takeBack(before));
  }
}

/** Change the declared home or the consent; throws an ApiError for the form to show. */
export async function change(wanted: ListingChange): Promise<void> {
  try {
    setHead(await api.change(id, wanted));
  } catch (error) {
    throw asApiError(error);
  }
  announce(t("home.saved"));
  reportSoon();
}
