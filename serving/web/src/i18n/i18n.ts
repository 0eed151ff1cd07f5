/**
 * The seller's page in the seller's language.
 *
 *     t("photo.damaged")
 *     t("up.active", { done: 2, all: 5 })
 */
import en from "../messages/en.json";
import it from "../messages/it.json";
import { lang, texts } from "./language";

export type Key = keyof typeof en;

export const { t, known, maybe } = texts<Key>({ en, it });

/** "a, b and c" in the current language. */
export function list(parts: readonly string[]): string {
  return new Intl.ListFormat(lang.value, { type: "conjunction" }).format(parts);
}

/** A share in 0–1 as whole percents. */
export function percent(share: number): number {
  return Math.round(100 * share);
}
