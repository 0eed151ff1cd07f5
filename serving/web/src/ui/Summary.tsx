/** The declared home with how far its photos are. */
import { useState } from "preact/hooks";
import { t } from "../i18n/i18n";
import { homeParts, rulesTitle } from "../i18n/names";
import { change } from "../state/actions";
import { info, listing, progress, report } from "../state/listing";
import { Dialog } from "./Dialog";
import { HomeForm } from "./HomeForm";
import { Check, Pencil } from "./icons";

export function Summary() {
  const [editing, setEditing] = useState(false);
  const found = listing.value;
  const facts = info.value;
  if (!found || !facts) return null;
  const { done, all } = progress.value;
  const complete = report.value?.complete ?? false;
  return (
    <section class="summary" aria-labelledby="title">
      <div class="summary-home">
        <h1 id="title">{t("ui.title")}</h1>
        <p class="facts" data-testid="home">{homeParts(found.home).join(" · ")}</p>
        <p class="soft small">{rulesTitle(found.rules, report.value?.rules_title ?? found.rules)}</p>
        <button type="button" class="button quiet" onClick={() => setEditing(true)} data-testid="edit-home">
          <Pencil /> {t("home.edit")}
        </button>
      </div>
      {complete ? (
        <div class="state complete" data-testid="complete">
          <span class="state-mark"><Check /></span>
          <div>
            <p class="state-title">{t("list.complete")}</p>
            <p>{t("list.complete_hint")}</p>
          </div>
        </div>
      ) : (
        <div class="state" data-testid="progress" data-done={done} data-all={all}>
          <p class="state-title">{t("list.progress", { done, all })}</p>
          <progress value={done} max={Math.max(all, 1)} aria-label={t("list.progress_label")} />
        </div>
      )}
      {editing && (
        <Dialog title={t("home.edit_title")} testid="home-dialog" onClosed={() => setEditing(false)}>
          {(close) => (
            <HomeForm
              info={facts}
              initial={{ home: found.home, rules: found.rules, consent: found.training_consent }}
              submit={t("ui.save")}
              chooseRules={false}
              onSubmit={async ({ home, consent }) => {
                await change({ home, training_consent: consent });
                close();
              }}
            >
              <button type="button" class="button" onClick={close}>{t("ui.cancel")}</button>
            </HomeForm>
          )}
        </Dialog>
      )}
    </section>
  );
}
