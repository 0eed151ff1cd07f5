/** Says that the last action did not work, wherever on the page it was asked for. */
import { t } from "../i18n/i18n";
import { errorText } from "../i18n/problems";
import { trouble } from "../state/listing";
import { Cross } from "./icons";

export function Trouble() {
  const error = trouble.value;
  return (
    <div role="alert" class="trouble-place">
      {error && (
        <div class="trouble" data-testid="trouble" data-code={error.code}>
          <p>{errorText(error)}</p>
          <button type="button" class="button bare" aria-label={t("ui.dismiss")}
            onClick={() => (trouble.value = null)}>
            <Cross />
          </button>
        </div>
      )}
    </div>
  );
}
