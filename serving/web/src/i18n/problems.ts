/** What is wrong, in words: quality findings, refusals, receipts, failed calls. */
import { ApiError } from "../api/http";
import type { QualityFinding, Receipt } from "../api/types";
import { info } from "../state/listing";
import { maybe, t } from "./i18n";

/** A finding: what is wrong, and what to do about it. */
export function findingText(finding: QualityFinding): { wrong: string; todo: string } {
  const other = finding.other ?? "…";
  const wrong = maybe(finding.code, { other });
  // A code that is newer than this page keeps the service's own English sentence.
  if (wrong === null) return { wrong: finding.message, todo: "" };
  return { wrong, todo: maybe(`${finding.code}.do`) ?? "" };
}

/** A refusal by its code; `detail` is the service's own English sentence. */
export function problemText(code: string, detail: string): string {
  return maybe(code, { count: info.value?.max_photos ?? 0 }) ?? (detail || t("homelens.error"));
}

/** Why a call failed. */
export function errorText(error: ApiError): string {
  return problemText(error.code, error.detail);
}

/** Why there is no copy. */
export function noCopyText(receipt: Receipt): string {
  return maybe(receipt.code) ?? receipt.message;
}

/** How people were hidden; empty where nobody was found. */
export function peopleText(receipt: Receipt): string {
  if (receipt.status !== "copied") return "";
  if (receipt.code === "privacy.nobody") return t("card.nobody");
  return maybe(`card.hidden_${receipt.policy}`) ?? t("privacy.hidden");
}
