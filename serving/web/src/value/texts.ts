/** The valuation page in the visitor's language. */
import type { ApiError } from "../api/http";
import { lang, texts } from "../i18n/language";
import en from "../messages/value.en.json";
import it from "../messages/value.it.json";

export type Key = keyof typeof en;

export const { t, known, maybe } = texts<Key>({ en, it });

/** "€245,000" */
export function money(amount: number, currency: string): string {
  return new Intl.NumberFormat(lang.value, { style: "currency", currency, maximumFractionDigits: 0 }).format(amount);
}

/** "+€12,000", "−€3,500" */
export function change(amount: number, currency: string): string {
  return (amount < 0 ? "−" : "+") + money(Math.abs(amount), currency);
}

export function number(value: number): string {
  return new Intl.NumberFormat(lang.value, { maximumFractionDigits: 1 }).format(value);
}

/** "May 2024" of "2024-05-01" or "2024-05". */
export function month(text: string): string {
  const [year, month] = text.split("-").map(Number);
  const date = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, 15));
  return new Intl.DateTimeFormat(lang.value, { year: "numeric", month: "short", timeZone: "UTC" }).format(date);
}

/** "350 m", "1.2 km" */
export function distance(metres: number): string {
  return metres < 1000 ? `${number(metres)} m` : `${number(metres / 1000)} km`;
}

export function countryName(code: string): string {
  return new Intl.DisplayNames(lang.value, { type: "region" }).of(code) ?? code;
}

/** A field or topic; `label` is what the service calls it in English. */
export function fieldName(field: string, label = field): string {
  return maybe(`field.${field}`) ?? label;
}

/** A share as a whole percent, at least 1. */
export function percent(share: number): number {
  return Math.max(1, Math.round(100 * share));
}

/** Why there is no value. */
export function errorText(error: ApiError): string {
  return maybe(error.code) ?? t("error.other");
}
