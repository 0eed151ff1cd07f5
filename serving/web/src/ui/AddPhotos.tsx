/** Where photos come in: the camera, the file chooser, the drop zone; and how the batch stands. */
import { createRef } from "preact";
import { t } from "../i18n/i18n";
import { info } from "../state/listing";
import { send } from "../upload/uploader";
import { active, batch, refused, repeated } from "../upload/uploads";
import { type Chooser, FileButton } from "./FileButton";
import { Camera, Pictures } from "./icons";

const BYTES_PER_MB = 1_000_000;

const chooser = createRef<Chooser>();

/** Open the file chooser, for the checklist's own buttons. */
export function chooseFiles(): void {
  chooser.current?.open();
}

export function AddPhotos() {
  const megabytes = Math.floor((info.value?.max_bytes ?? 0) / BYTES_PER_MB);
  return (
    <section class="add" aria-labelledby="add">
      <h2 id="add">{t("up.title")}</h2>
      <div class="drop" data-testid="dropzone">
        <p class="drop-text only-wide"><Pictures /> {t("up.drop")}</p>
        <div class="bar">
          <BatchState />
          <div class="bar-buttons">
            <FileButton testid="camera" kind="camera-button" camera onFiles={send}>
              <Camera /> {t("up.camera")}
            </FileButton>
            <FileButton testid="choose" kind="primary" multiple chooser={chooser} onFiles={send}>
              <Pictures /> {t("up.choose")}
            </FileButton>
          </div>
        </div>
        <p>{t("up.tips")}</p>
        {megabytes > 0 && <p class="soft small">{t("up.hint", { megabytes })}</p>}
      </div>
    </section>
  );
}

function BatchState() {
  const { done, all } = batch.value;
  const failed = refused.value.length;
  const again = repeated.value;
  if (!active.value.length && !failed && !again.length) return null;
  return (
    <div class="batch" data-testid="batch">
      {active.value.length > 0 && (
        <>
          <p class="small">{t("up.active", { done, all })}</p>
          <progress value={done} max={Math.max(all, 1)} aria-label={t("up.active", { done, all })} />
        </>
      )}
      {again.length > 0 && <p class="small" data-testid="repeated">{t("up.already", { name: again.join(", ") })}</p>}
      {failed > 0 && <p class="small bad">{t("up.failed", { count: failed })}</p>}
    </div>
  );
}
