/** Every key with what it does: always on screen, and larger with more words when asked. */
import { bindings, byId, keyName, noticeBindings, type Binding, type Group } from "../keys/keymap";
import { lettersOn, setLetters } from "../keys/listen";
import { focusPhoto } from "../keys/focus";
import { helpShown } from "../state/view";
import { t } from "../texts";

/** What has a button with its key beside the photo stands there. */
const ON_BUTTONS = new Set(["accept", "reject", "save", "skip", "undo"]);

function Line({ binding }: { binding: Binding }) {
  return (
    <li>
      <kbd>{keyName(binding)}</kbd> <span>{t(binding.text)}</span>
    </li>
  );
}

export function Legend() {
  return (
    <div class="legend-place">
      <ul class="legend" aria-label={t("help.title")} data-testid="legend">
        {bindings.filter(({ id }) => !ON_BUTTONS.has(id) && id !== "help").map((one) => <Line key={one.id} binding={one} />)}
        <li><kbd>{t("key.shift")}</kbd> <span>{t("help.shift")}</span></li>
        <li><kbd>Esc</kbd> <span>{t("help.escape")}</span></li>
      </ul>
      <button
        type="button"
        class="button small-button"
        aria-expanded={helpShown.value}
        aria-controls="help"
        data-testid="help-button"
        onClick={() => {
          byId("help").run(new KeyboardEvent("keydown"));
          focusPhoto();
        }}
      >
        {t("do.help")} <kbd>?</kbd>
      </button>
    </div>
  );
}

const GROUPS: readonly Group[] = ["answer", "box", "view"];

/** Lies over the photo and takes no focus: work goes on while it is read. */
export function Help() {
  return (
    <section id="help" class="help" hidden={!helpShown.value} aria-labelledby="help-title" data-testid="help">
      <h2 id="help-title">{t("help.title")}</h2>
      <p class="soft">{t("help.lead")}</p>
      <div class="help-groups">
        {GROUPS.map((group) => (
          <div key={group}>
            <h3>{t(`help.${group}`)}</h3>
            <ul>
              {[...bindings, ...noticeBindings].filter((one) => one.group === group).map((one) => (
                <Line key={one.id} binding={one} />
              ))}
            </ul>
          </div>
        ))}
        <div>
          <h3>{t("help.pointer")}</h3>
          <ul>
            <li>{t("help.pointer_select")}</li>
            <li>{t("help.pointer_drag")}</li>
            <li>{t("help.pointer_pan")}</li>
            <li>{t("help.pointer_draw")}</li>
          </ul>
          <p class="soft small">{t("help.tab")}</p>
          <label class="letters">
            <input type="checkbox" checked={lettersOn.value} data-testid="letters"
              onChange={(event) => setLetters(event.currentTarget.checked)} />
            <span>{t("help.letters")}</span>
          </label>
        </div>
      </div>
    </section>
  );
}
