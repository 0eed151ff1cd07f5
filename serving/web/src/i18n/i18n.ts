/**
 * Texts in the seller's language: flat message files in ICU syntax, one key a stable code.
 *
 *     t("photo.damaged")
 *     t("up.active", { done: 2, all: 5 })
 *     lang.value = "it"                    // everything that was drawn with t() is drawn again
 */
import { effect, signal } from "@preact/signals";
import { IntlMessageFormat } from "intl-messageformat";
import en from "../messages/en.json";
import it from "../messages/it.json";

export type Key = keyof typeof en;
export type Params = Readonly<Record<string, string | number>>;

const MESSAGES = { en, it } satisfies Record<string, Record<Key, string>>;
export type Language = keyof typeof MESSAGES;
export const LANGUAGES = Object.keys(MESSAGES) as Language[];
/** Each language by its own name. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", it: "Italiano" };

const SLOT = "homelens:language";

function isLanguage(text: string | null): text is Language {
  return text !== null && Object.hasOwn(MESSAGES, text);
}

function remembered(): string | null {
  try {
    return localStorage.getItem(SLOT);
  } catch {
    return null;
  }
}

function first(): Language {
  const kept = remembered();
  if (isLanguage(kept)) return kept;
  const wanted = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0] ?? "");
  return wanted.find(isLanguage) ?? "en";
}

export const lang = signal<Language>(first());

effect(() => {
  document.documentElement.lang = lang.value;
});

/** Switch the language, and remember that it was chosen. */
export function choose(language: Language): void {
  lang.value = language;
  try {
    localStorage.setItem(SLOT, language);
  } catch {
    // Storage is blocked: the choice lasts until the page is left.
  }
}

const compiled = new Map<string, IntlMessageFormat>();

function format(language: Language, key: Key, params: Params): string {
  const id = `${language} ${key}`;
  let message = compiled.get(id);
  if (!message) {
    message = new IntlMessageFormat(MESSAGES[language][key], language, undefined, {
      ignoreTag: true,
    });
    compiled.set(id, message);
  }
  return String(message.format(params));
}

/** A text in the current language. */
export function t(key: Key, params: Params = {}): string {
  return format(lang.value, key, params);
}

/** Whether the message files know this code. */
export function known(code: string): code is Key {
  return Object.hasOwn(en, code);
}

/** The text of a code that may be newer than this page: null where it is unknown. */
export function maybe(code: string, params: Params = {}): string | null {
  return known(code) ? t(code, params) : null;
}

/** "a, b and c" in the current language. */
export function list(parts: readonly string[]): string {
  return new Intl.ListFormat(lang.value, { type: "conjunction" }).format(parts);
}

/** A share in 0–1 as whole percents. */
export function percent(share: number): number {
  return Math.round(100 * share);
}
