/** What the page does by itself: says what is on screen, lets go of photos that are no longer ours. */
import { effect, untracked } from "@preact/signals";
import { announce } from "../state/announce";
import { lost, saveAllNow } from "./state/drafts";
import { waiting } from "./state/outbox";
import { photos } from "./state/photos";
import { current, finished, keepLeases, letGo } from "./state/queue";
import { say } from "./state/said";
import { watchVisibility } from "./state/clock";
import { followTasks } from "./state/view";
import * as work from "./state/work";
import { acceptText, reasonText, t } from "./texts";

export function watch(): void {
  followTasks();
  keepLeases();
  watchVisibility();
  effect(() => {
    const task = current.value;
    if (task && photos.value.has(task.image.id)) readOut(task.id);
  });
  effect(() => {
    if (finished.value) untracked(() => announce(t("task.nothing_left")));
  });
  effect(() => {
    const task = current.value;
    if (!task || !lost.value.has(task.id) || work.count.value) return;
    // Nothing was done of it, so nothing is lost: on with the next.
    queueMicrotask(() => {
      if (current.value?.id !== task.id) return;
      letGo();
      say(t("lost.untouched"), true);
    });
  });
  addEventListener("pagehide", saveAllNow);
  addEventListener("beforeunload", (event) => {
    if (waiting.value.length) event.preventDefault(); // the browser asks whether to stay
  });
}

let last = "";

function readOut(id: string): void {
  if (id === last) return;
  last = id;
  untracked(() => {
    const task = current.value;
    if (!task) return;
    announce(`${reasonText(task)}. ${t("said.accept_key", { action: acceptText(task) })}`);
  });
}
