/** The valuation page in the visitor's language. */
import type { ApiError } from "../api/http";
import { lang, texts } from "../i18n/language";
import en from "../messages/value.en.json";
import it from "../messages/value.it.json";

export type Key = keyof typeof en;

export const { t, known, maybe } = texts<Key>({ en, it });

/**
 * "€245,000", "PLN 880,000": three digits are more than anybody knows of a value; a price that was asked stays exact.
 * The service writes amounts in its sentences alike (avm/messages.py).
 */
export function money(amount: number, currency: string, exact = false): string {
  const currencyDisplay = SIGNED.includes(currency) ? "symbol" : "code";
  const digits = exact ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(lang.value, { style: "currency", currency, currencyDisplay, ...GROUPED, ...digits }).format(amount);
}

/** Currencies whose sign is not another one's as well, as "kr" is. */
const SIGNED = ["EUR", "GBP", "USD"];

const GROUPED = { useGrouping: "always", minimumFractionDigits: 0 } as const;

/** "+€12,000", "−€3,500" */
export function change(amount: number, currency: string): string {
  const rounded = Number(Math.abs(amount).toPrecision(2));
  return (amount < 0 ? "−" : "+") + money(rounded, currency);
}

export function number(value: number): string {
  return new Intl.NumberFormat(lang.value, { useGrouping: "always", maximumFractionDigits: 1 }).format(value);
}

/** "54 m²", "1,250.5 m²" */
export function area(value: number): string {
  return `${number(value)}\u00a0m²`;
}

/** "May 2024" of "2024-05-01" or "2024-05". */
export function month(text: string): string {
  const [year, month] = text.split("-").map(Number);
  const date = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, 15));
  return new Intl.DateTimeFormat(lang.value, { year: "numeric", month: "short", timeZone: "UTC" }).format(date);
}

/** "350 m", "1.2 km"; places are known to some 50 m */
export function distance(metres: number): string {
  if (metres < 50) return "< 50\u00a0m";
  return metres < 1000 ? `${Math.round(metres / 10) * 10}\u00a0m` : `${number(metres / 1000)}\u00a0km`;
}

export function countryName(code: string): string {
  return new Intl.DisplayNames(lang.value, { type: "region" }).of(code) ?? code;
}

/** A field or topic; `label` is what the service calls it in English. */
export function fieldName(field: string, label = field): string {
  return maybe(`field.${field}`) ?? label.charAt(0).toUpperCase() + label.slice(1);
}

/** A share as a whole percent, at least 1. */
export function percent(share: number): number {
  return Math.max(1, Math.round(100 * share));
}

/** Why there is no value. */
export function errorText(error: ApiError): string {
  return maybe(error.code) ?? t("error.other");
}
