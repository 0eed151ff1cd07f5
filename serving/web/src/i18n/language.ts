/**
 * The language that was chosen, and texts in it: flat messages in ICU syntax, one key a stable code.
 * Each page binds its own message files, so that none loads another's.
 *
 *     export const { t, known, maybe } = texts({ en, it });
 *     lang.value = "it"                    // everything that was drawn with t() is drawn again
 */
import { effect, signal } from "@preact/signals";
import { IntlMessageFormat } from "intl-messageformat";

export type Params = Readonly<Record<string, string | number>>;

/** Each language by its own name. */
export const LANGUAGE_NAMES = { en: "English", it: "Italiano" };
export type Language = keyof typeof LANGUAGE_NAMES;
export const LANGUAGES = Object.keys(LANGUAGE_NAMES) as Language[];

const SLOT = "homelens:language";

function isLanguage(text: string | null): text is Language {
  return text !== null && Object.hasOwn(LANGUAGE_NAMES, text);
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

/** What a page says with its message files. */
export interface Texts<Key extends string> {
  /** A text in the current language. */
  t: (key: Key, params?: Params) => string;
  /** Whether the message files know this code. */
  known: (code: string) => code is Key;
  /** The text of a code that may be newer than this page: null where it is unknown. */
  maybe: (code: string, params?: Params) => string | null;
}

/** Bind message files, the same keys in every language. */
export function texts<Key extends string>(messages: Record<Language, Record<Key, string>>): Texts<Key> {
  const compiled = new Map<string, IntlMessageFormat>();

  function t(key: Key, params: Params = {}): string {
    const id = `${lang.value} ${key}`;
    let message = compiled.get(id);
    if (!message) {
      message = new IntlMessageFormat(messages[lang.value][key], lang.value, undefined, {
        ignoreTag: true,
      });
      compiled.set(id, message);
    }
    return String(message.format(params));
  }
  const known = (code: string): code is Key => Object.hasOwn(messages.en, code);
  const maybe = (code: string, params: Params = {}) => (known(code) ? t(code, params) : null);
  return { t, known, maybe };
}
