/** Above the photo: whose page it is, the day's progress, which set, which language. */
import { LanguageSwitch } from "../../ui/LanguageSwitch";
import { Mark } from "../../ui/icons";
import { focusPhoto } from "../keys/focus";
import { waiting } from "../state/outbox";
import { chooseSet, progress, set } from "../state/queue";
import { t } from "../texts";

export function Header() {
  return (
    <header class="top review-top">
      <span class="brand"><Mark /> homelens</span>
      <Day />
      <Sets />
      <LanguageSwitch label={t("task.language")} />
    </header>
  );
}

function Day() {
  const day = progress.value;
  // Answers on their way count: what was done is done.
  const more = waiting.value.filter((entry) => entry.answer.outcome !== "skip").length;
  const done = (day?.done_today ?? 0) + more;
  const chosen = day?.sets.find(({ name }) => name === set.value);
  const open = Math.max(0, ((chosen ?? day)?.open ?? 0) - more);
  return (
    <div class="day" data-testid="progress" data-done={day ? done : undefined} data-open={day ? open : undefined}>
      <progress aria-label={t("task.progress")} value={done} max={Math.max(1, done + open)} />
      <p class="small">
        <strong>{t("task.done_today", { count: done })}</strong>
        <span class="soft"> · {t("task.open", { count: open })}</span>
        {day?.seconds_median != null && (
          <span class="soft only-desk"> · {t("task.median", { seconds: day.seconds_median.toFixed(1) })}</span>
        )}
      </p>
    </div>
  );
}

function Sets() {
  const sets = progress.value?.sets ?? [];
  if (sets.length < 2 && !set.value) return null;
  return (
    <label class="language">
      <span class="hidden">{t("task.set")}</span>
      <select
        data-testid="set"
        value={set.value ?? ""}
        onChange={(event) => {
          chooseSet(event.currentTarget.value || null);
          focusPhoto();
        }}
      >
        <option value="">{t("task.all_sets")}</option>
        {sets.map(({ name, open }) => <option key={name} value={name}>{name} ({open})</option>)}
      </select>
    </label>
  );
}
