/**
 * Sends photos: Uppy with one request a file, two at a time, each with an idempotency key of its
 * own, sent again after what passes (src/upload/retry.ts). The service answers when the photo was
 * examined, so an upload ends with its card.
 */
import Uppy, { type Body, type Meta, type UppyFile } from "@uppy/core";
import XHRUpload from "@uppy/xhr-upload";
import { api } from "../api/client";
import { problemOf } from "../api/http";
import { authorization } from "../api/token";
import type { Photo, Progress, UploadResult } from "../api/types";
import { t } from "../i18n/i18n";
import { roomName } from "../i18n/names";
import { problemText } from "../i18n/problems";
import { randomId } from "../random";
import { announce } from "../state/announce";
import { info, photos } from "../state/listing";
import { MOST_ATTEMPTS, passes, pauseSeconds } from "./retry";
import {
  active, batch, change, dropUpload, freeName, originals, putUpload, repeated, type Upload, uploadOf, uploads,
} from "./uploads";

interface UploadMeta extends Meta {
  upload: string;
  key: string;
}

type Answer = Body & UploadResult;
type SentFile = UppyFile<UploadMeta, Answer>;

const AT_ONCE = 2;
const SILENT = { debug: () => {}, warn: () => {}, error: () => {} };

let uppy: Uppy<UploadMeta, Answer>;
let onStored: (photo: Photo, replaced: string | null) => void;
/** Upload id to Uppy's file id. */
const files = new Map<string, string>();
const attempts = new Map<string, number>();
const timers = new Map<string, number>();

/** Make ready to send to this listing; `onStored` is told of every photo that came through. */
export function openUploads(
  listing: string, told: { onStored: (photo: Photo, replaced: string | null) => void },
): void {
  onStored = told.onStored;
  uppy = new Uppy<UploadMeta, Answer>({ autoProceed: true, logger: SILENT });
  uppy.use(XHRUpload<UploadMeta, Answer>, {
    endpoint: (file) => api.uploadPath(listing, replaces(one(file))),
    fieldName: "photos",
    allowedMetaFields: false,
    limit: AT_ONCE,
    timeout: 0, // the answer comes after the examination, which may have to queue
    headers: (file) => ({ ...authorization(), "Idempotency-Key": file.meta.key }),
    shouldRetry: () => false, // sent again by `failed`, which reads Retry-After
  });
  uppy.on("upload-progress", (file, { bytesUploaded, bytesTotal }) => {
    if (!file) return;
    const sent = bytesTotal ? Math.min(1, bytesUploaded / bytesTotal) : 0;
    if (uploadOf(file.meta.upload)?.state === "checking") return; // the service has it already
    change(file.meta.upload, { sent, state: sent < 1 ? "sending" : "checking" });
  });
  uppy.on("upload-success", (file, response) => {
    if (file && response.body) settled(file.meta.upload, response.body);
  });
  uppy.on("upload-error", (file, _error, request) => {
    if (file) failed(file.meta.upload, request as unknown as XMLHttpRequest | undefined);
  });
}

function one(file: SentFile | SentFile[]): SentFile | undefined {
  return Array.isArray(file) ? file[0] : file;
}

function replaces(file: SentFile | undefined): string | null {
  return (file && uploadOf(file.meta.upload)?.replaces) ?? null;
}

/** Send these files; `replacing` is the id of the photo that the first takes the place of. */
export function send(chosen: Iterable<File>, replacing: string | null = null): void {
  const list = replacing ? [...chosen].slice(0, 1) : [...chosen];
  if (!list.length) return;
  if (!active.value.length) batch.value = { done: 0, all: 0 };
  repeated.value = [];
  const room = (info.value?.max_photos ?? Infinity) - photos.value.size - active.value.length;
  list.forEach((file, at) => add(file, replacing, !replacing && at >= room));
  announce(t("up.started", { count: list.length }));
}

function add(file: File, replacing: string | null, full: boolean): void {
  const taken = new Set([
    ...[...photos.value.values()].map((photo) => photo.name),
    ...uploads.value.map((upload) => upload.name),
  ]);
  const upload: Upload = {
    id: randomId(),
    name: freeName(file.name || "image.jpg", taken),
    file,
    preview: URL.createObjectURL(file),
    replaces: replacing,
    state: "queued",
    sent: 0,
    stage: null,
    guess: null,
    problem: null,
    passing: false,
  };
  putUpload(upload);
  batch.value = { ...batch.value, all: batch.value.all + 1 };
  const most = info.value?.max_bytes ?? Infinity;
  if (full) refuse(upload.id, "up.full", "", false);
  else if (file.size === 0) refuse(upload.id, "photo.empty", "", false);
  else if (file.size > most) refuse(upload.id, "photo.too_large", "", false);
  else start(upload);
}

function start(upload: Upload): void {
  attempts.set(upload.id, 0);
  // relativePath makes Uppy's own id unique: the same file may be sent again on purpose.
  const meta = { upload: upload.id, key: randomId(), name: upload.name, relativePath: upload.id };
  files.set(upload.id, uppy.addFile({ name: upload.name, type: upload.file.type, data: upload.file, meta }));
}

/** Stop sending, or take a refused card away. */
export function discard(id: string): void {
  const upload = uploadOf(id);
  if (!upload) return;
  forget(id);
  URL.revokeObjectURL(upload.preview);
  dropUpload(id);
  if (upload.state !== "refused") batch.value = { ...batch.value, all: batch.value.all - 1 };
}

/** Send a refused file again, as a new request. */
export function again(id: string): void {
  const upload = uploadOf(id);
  if (!upload) return;
  forget(id);
  if (!active.value.length) batch.value = { done: 0, all: 0 };
  batch.value = { ...batch.value, all: batch.value.all + 1 };
  change(id, { state: "queued", sent: 0, stage: null, guess: null, problem: null });
  start(upload);
}

/** Another file in place of a refused one. */
export function instead(id: string, chosen: Iterable<File>): void {
  const upload = uploadOf(id);
  const list = [...chosen];
  if (!upload || !list.length) return;
  discard(id);
  send(list, upload.replaces);
}

function forget(id: string): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  attempts.delete(id);
  const file = files.get(id);
  files.delete(id);
  if (file && uppy.getFile(file)) uppy.removeFile(file);
}

function settled(id: string, { results }: UploadResult): void {
  const upload = uploadOf(id);
  const result = results[0];
  if (!upload || !result) return;
  if (result.photo) {
    stored(upload, result.photo, result.status === "already_there");
    return;
  }
  const { code, detail } = result.problem ?? { code: "photo.error", detail: "" };
  refuse(id, code, detail, false);
}

function stored(upload: Upload, photo: Photo, before: boolean): void {
  const { id } = upload;
  originals.set(photo.id, upload.preview);
  forget(id);
  dropUpload(id);
  batch.value = { ...batch.value, done: batch.value.done + 1 };
  onStored(photo, before ? null : upload.replaces);
  if (before) {
    repeated.value = [...repeated.value, photo.name];
    announce(t("up.already", { name: photo.name }));
    return;
  }
  const room = roomName(photo.findings.rooms[0]?.type ?? "other");
  announce(t("up.done", { name: photo.name, room }));
}

function failed(id: string, request: XMLHttpRequest | undefined): void {
  const upload = uploadOf(id);
  if (!upload) return;
  const status = request?.status ?? 0;
  const count = (attempts.get(id) ?? 0) + 1;
  attempts.set(id, count);
  if (passes(status) && count < MOST_ATTEMPTS) {
    const after = pauseSeconds(count, status ? (request?.getResponseHeader("Retry-After") ?? null) : null);
    change(id, { state: "retrying", sent: 0, stage: null });
    timers.set(id, setTimeout(() => retry(id), after * 1000));
    return;
  }
  const arrived = [...photos.value.values()].find(
    (photo) => photo.name === upload.name && photo.bytes === upload.file.size,
  );
  if (arrived) {
    stored(upload, arrived, false); // it was kept and only the answer was lost; an event told of it
    return;
  }
  if (status === 404 && upload.replaces && !photos.value.has(upload.replaces)) {
    forget(id);
    change(id, { replaces: null }); // removed elsewhere meanwhile: nothing to take the place of
    start(upload);
    return;
  }
  const { code, detail } = problemOf(status, request?.responseText ?? "");
  refuse(id, code, detail, passes(status) || status === 401);
}

function retry(id: string): void {
  if (!navigator.onLine) {
    // Offline is not an attempt: go on as soon as there is a network.
    addEventListener("online", () => retry(id), { once: true });
    return;
  }
  const file = files.get(id);
  if (!file || !uploadOf(id)) return;
  change(id, { state: "queued" });
  uppy.retryUpload(file).catch(() => {}); // told by upload-error
}

function refuse(id: string, code: string, detail: string, passing: boolean): void {
  const upload = uploadOf(id);
  if (!upload) return;
  forget(id);
  change(id, { state: "refused", problem: { code, detail }, passing });
  batch.value = { ...batch.value, done: batch.value.done + 1 };
  announce(t("up.refused", { name: upload.name, reason: problemText(code, detail) }));
}

/** What the service says of an upload under way. */
export function showProgress({ file, stage, findings, problem }: Progress): void {
  const upload = active.value.find((one) => one.name === file);
  if (!upload || problem) return; // a refusal comes with the answer as well
  const arrived = stage === "receiving" ? {} : { state: "checking" as const, sent: 1 };
  change(upload.id, { stage, guess: findings?.rooms[0]?.type ?? upload.guess, ...arrived });
}
