/** What stands around every page: skip link, header with the language, footer, live region. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n/i18n";
import { announcement } from "../state/announce";
import { Mark } from "./icons";
import { LanguageSwitch } from "./LanguageSwitch";

export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>{t("ui.skip")}</a>
      <header class="top">
        <div class="top-inner">
          <span class="brand"><Mark /> homelens</span>
          <LanguageSwitch label={t("ui.language")} />
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
