/** What stands around every page: skip link, header with the language, footer, live region. */
import type { ComponentChildren } from "preact";
import { choose, lang, LANGUAGE_NAMES, LANGUAGES, t } from "../i18n/i18n";
import { announcement } from "../state/announce";
import { Mark } from "./icons";

export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>{t("ui.skip")}</a>
      <header class="top">
        <div class="top-inner">
          <span class="brand"><Mark /> homelens</span>
          <LanguageSwitch />
        </div>
      </header>
      <main id="main" tabIndex={-1}>{children}</main>
      <p class="hidden" role="status" aria-live="polite" data-testid="announcer">{announcement}</p>
    </>
  );
}

/** The address keeps no fragment: a token may be there for a moment. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function LanguageSwitch() {
  return (
    <label class="language">
      <span class="hidden">{t("ui.language")}</span>
      <select
        data-testid="language"
        value={lang.value}
        onChange={(event) => {
          const wanted = LANGUAGES.find((language) => language === event.currentTarget.value);
          if (wanted) choose(wanted);
        }}
      >
        {LANGUAGES.map((language) => (
          <option key={language} value={language} lang={language}>{LANGUAGE_NAMES[language]}</option>
        ))}
      </select>
    </label>
  );
}
