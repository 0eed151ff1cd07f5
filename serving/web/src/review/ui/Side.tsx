/** Beside the photo: why it is here, what to answer, the selected box and its class. */
import { current, set } from "../state/queue";
import { said } from "../state/said";
import { allSaved } from "../state/drafts";
import { photos } from "../state/photos";
import * as work from "../state/work";
import { acceptText, labelName, placeText, reasonText, rejectText, t } from "../texts";
import type { Task } from "../types";
import { Classes } from "./Classes";
import { ActionButton } from "./Key";
import { Locator } from "./Locator";

export function Side() {
  const task = current.value;
  if (!task) return <aside class="side" aria-label={t("task.side")} />;
  return (
    <aside class="side" aria-label={t("task.side")}>
      <section class="why" aria-labelledby="why">
        <h1 id="why" data-testid="reason" data-kind={task.kind}>{reasonText(task)}</h1>
        <p class="soft small cut" title={task.image.name}>{task.image.name}{set.value ? "" : ` · ${task.set}`}</p>
      </section>
      <Answers task={task} />
      <p class={said.value.trouble ? "said bad" : "said soft"} data-testid="said">{said.value.text}</p>
      <Selected task={task} />
      <Classes task={task} />
      <Locator photo={photos.value.get(task.image.id)} />
    </aside>
  );
}

function Answers({ task }: { task: Task }) {
  const count = work.count.value;
  return (
    <div class="answers">
      <ActionButton id="accept" first off={count > 0 || !task.suggestion} class={count ? "" : "primary"}>
        {acceptText(task)}
      </ActionButton>
      <ActionButton id="reject" off={count > 0}>{rejectText(task)}</ActionButton>
      <ActionButton id="save" off={count === 0} class={count ? "primary" : ""}>
        {count ? t("do.save_count", { count }) : t("do.save")}
      </ActionButton>
      <div class="pair-of-actions">
        <ActionButton id="skip" class="small-button">{t("do.skip")}</ActionButton>
        <ActionButton id="undo" class="small-button">{work.canStepBack.value ? t("do.step_back") : t("do.undo")}</ActionButton>
      </div>
    </div>
  );
}

function Selected({ task }: { task: Task }) {
  const box = work.selectedBox.value;
  return (
    <section class="selection" aria-label={t("task.selected")}>
      <p data-testid="selected" data-box={box?.id} data-label={box?.label} data-place={box ? px(box, task) : undefined}>
        <strong>{box ? labelName(box.label) : t("task.none_selected")}</strong>
        <span class="soft small">{box ? placeText(box, task.image) : " "}</span>
      </p>
      <p class="soft small" data-testid="draft" data-saved={allSaved.value}>
        {work.count.value === 0 ? " " : allSaved.value ? t("task.draft_saved") : t("task.draft_saving")}
      </p>
    </section>
  );
}

/** The corners in whole pixels, for the browser tests. */
function px(box: { x1: number; y1: number; x2: number; y2: number }, task: Task): string {
  const { width, height } = task.image;
  return [box.x1 * width, box.y1 * height, box.x2 * width, box.y2 * height].map(Math.round).join(" ");
}
