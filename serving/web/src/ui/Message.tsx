/** Pages that are a message: loading, and what went wrong with a way on. */
import type { ApiError } from "../api/http";
import { t } from "../i18n/i18n";
import { errorText } from "../i18n/problems";

/** Codes of which trying again makes nothing better. */
const FINAL = new Set(["auth.required", "auth.forbidden", "not_found", "gone"]);

export function Loading() {
  return (
    <div class="message" aria-busy="true">
      <h1 class="hidden">homelens</h1>
      <p class="soft loading"><span class="spinner" /> {t("ui.loading")}</p>
    </div>
  );
}

export function Failed({ error, onAgain }: { error: ApiError; onAgain: () => void }) {
  return (
    <div class="message" role="alert" data-testid="page-error" data-code={error.code}>
      <h1>{errorText(error)}</h1>
      {!FINAL.has(error.code) && (
        <button type="button" class="button primary" onClick={onAgain} data-testid="page-again">
          {t("ui.try_again")}
        </button>
      )}
    </div>
  );
}
