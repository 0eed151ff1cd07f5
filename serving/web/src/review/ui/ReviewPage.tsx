/** The review page: the photo as large as it can be, everything else around it in fixed places. */
import { useEffect } from "preact/hooks";
import { announcement } from "../../state/announce";
import { wanted } from "../api/key";
import { focusPhoto } from "../keys/focus";
import { failure, fill, finished } from "../state/queue";
import { errorText, t } from "../texts";
import { Header } from "./Header";
import { KeyForm } from "./KeyForm";
import { Help, Legend } from "./Legend";
import { Notices } from "./Notices";
import { Side } from "./Side";
import { Stage } from "./Stage";

export function ReviewPage() {
  document.title = t("task.title");
  return (
    <>
      <Header />
      {wanted.value ? <KeyForm /> : <Desk />}
      <p class="hidden" role="status" aria-live="polite" data-testid="announcer">{announcement}</p>
    </>
  );
}

function Desk() {
  useEffect(focusPhoto, []);
  return (
    <main class="desk">
      <div class="view">
        <Stage />
        <Message />
        <Help />
        <Notices />
      </div>
      <Side />
      <Legend />
      <p class="hidden" id="keys-hint">{t("help.tab")}</p>
    </main>
  );
}

/** In the photo's place where there is none. */
function Message() {
  const error = failure.value;
  if (!error && !finished.value) return null;
  return (
    <div class="view-message" data-testid={error ? "page-error" : "nothing-left"} data-code={error?.code}>
      <h1>{error ? errorText(error) : t("task.nothing_left")}</h1>
      <p class="soft">{error ? "" : t("task.nothing_left_hint")}</p>
      <button type="button" class="button primary" data-testid="look-again" onClick={() => void fill()}>
        {t("task.look_again")}
      </button>
    </div>
  );
}
