/** The files that this page is sending or that were refused: what their cards show. */
import { computed, signal } from "@preact/signals";
import type { Stage } from "../api/types";

export type UploadState = "queued" | "sending" | "checking" | "retrying" | "refused";

export interface Upload {
  id: string;
  /** The name it is sent with, unlike any other of the listing. */
  name: string;
  file: File;
  /** An address of the file's own picture, for the time of this page. */
  preview: string;
  /** Id of the photo that it takes the place of. */
  replaces: string | null;
  state: UploadState;
  /** Share of the bytes that are sent. */
  sent: number;
  /** From the service's events, if they arrive. */
  stage: Stage | null;
  /** The room, as soon as the service has seen it. */
  guess: string | null;
  problem: { code: string; detail: string } | null;
  /** Whether the same file may do at another time. */
  passing: boolean;
}

export const uploads = signal<readonly Upload[]>([]);

export function putUpload(upload: Upload): void {
  uploads.value = [...uploads.value, upload];
}

export function change(id: string, changes: Partial<Upload>): void {
  uploads.value = uploads.value.map((one) => (one.id === id ? { ...one, ...changes } : one));
}

export function dropUpload(id: string): void {
  uploads.value = uploads.value.filter((one) => one.id !== id);
}

export function uploadOf(id: string): Upload | undefined {
  return uploads.value.find((one) => one.id === id);
}

export const active = computed(() => uploads.value.filter((one) => one.state !== "refused"));
export const refused = computed(() => uploads.value.filter((one) => one.state === "refused"));

/** How many of the present batch are through; starts anew when everything was done. */
export const batch = signal({ done: 0, all: 0 });

/** Names of the last files that the listing held already. */
export const repeated = signal<readonly string[]>([]);

/** Addresses of the pictures as they were uploaded here, by photo id: the "before". */
export const originals = new Map<string, string>();

/** A name that no other photo or upload has: phones call every picture that they take image.jpg. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const dot = name.lastIndexOf(".");
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  for (let number = 2; ; number++) {
    const next = `${stem}-${number}${end}`;
    if (!taken.has(next)) return next;
  }
}
