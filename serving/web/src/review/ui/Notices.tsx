/**
 * What went wrong with saved work, over the photo's lower edge so that nothing jumps: an answer that
 * was refused, a photo that another labeler has now, a network that is away.
 */
import { lost } from "../state/drafts";
import { online } from "../state/network";
import { refused, waiting } from "../state/outbox";
import { current } from "../state/queue";
import * as work from "../state/work";
import { codeText, t } from "../texts";
import { ActionButton } from "./Key";

export function Notices() {
  const entry = refused.value[0];
  const task = current.value;
  const isLost = task !== null && lost.value.has(task.id);
  return (
    <div class="notices" role="alert">
      {!online.value && (
        <p class="notice warn" data-testid="offline">{t("lost.offline", { count: waiting.value.length })}</p>
      )}
      {entry && (
        <div class="notice" data-testid="refused" data-code={entry.refused}>
          <p>{t("lost.refused", { photo: entry.photo, reason: codeText(entry.refused ?? "") })}</p>
          <Choices />
        </div>
      )}
      {isLost && !entry && (
        <div class="notice" data-testid="lost">
          <p>{t("lost.lease", { count: work.count.value })}</p>
          <Choices />
        </div>
      )}
    </div>
  );
}

function Choices() {
  return (
    <div class="notice-choices">
      <ActionButton id="again" class="small-button">{t("do.again")}</ActionButton>
      <ActionButton id="drop" class="small-button">{t("do.drop")}</ActionButton>
    </div>
  );
}
