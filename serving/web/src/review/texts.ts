/** The review page in the labeler's language. */
import type { ApiError } from "../api/http";
import { texts } from "../i18n/language";
import en from "../messages/review.en.json";
import it from "../messages/review.it.json";
import type { Corners, Task } from "./types";
import type { Size } from "./model/geometry";

export type Key = keyof typeof en;

export const { t, known, maybe } = texts<Key>({ en, it });

/** A class as the labeler knows it; one that the message files do not know is shown as it is written. */
export function labelName(label: string | null): string {
  if (!label) return "…";
  return maybe(`label.${label.replaceAll(" ", "_")}`) ?? label;
}

const flaggedLabel = (task: Task) =>
  labelName(task.boxes.find((box) => box.id === task.box_id)?.label ?? task.suggestion?.label ?? null);

/** Why the photo is here. */
export function reasonText(task: Task): string {
  const params = { label: flaggedLabel(task), other: labelName(task.suggestion?.label ?? null) };
  return maybe(`why.${task.reason_code}`, params) ?? maybe(`why.${task.kind}`, params) ?? task.reason;
}

/** What accepting does. */
export function acceptText(task: Task): string {
  const { suggestion } = task;
  if (!suggestion) return t("do.accept_nothing");
  return t(`do.accept_${suggestion.action}`, { label: labelName(suggestion.label) });
}

/** What rejecting says. */
export function rejectText(task: Task): string {
  return t(`do.reject_${task.kind}`, { label: flaggedLabel(task) });
}

/** "35 × 90 px at 120, 40" */
export function placeText(box: Corners, photo: Size): string {
  const px = (share: number, size: number) => Math.round(share * size);
  return t("task.place", {
    width: px(box.x2 - box.x1, photo.width),
    height: px(box.y2 - box.y1, photo.height),
    x: px(box.x1, photo.width),
    y: px(box.y1, photo.height),
  });
}

/** Why a call failed. */
export function errorText(error: ApiError): string {
  return codeText(error.code, error.detail);
}

export function codeText(code: string, detail = ""): string {
  return maybe(code) ?? (detail || t("homelens.error"));
}
