/** A file on its way: bytes, then what the service does with it; or why it was refused. */
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { percent, t } from "../i18n/i18n";
import { roomName } from "../i18n/names";
import { problemText } from "../i18n/problems";
import { again, discard, instead } from "../upload/uploader";
import type { Upload } from "../upload/uploads";
import { FileButton } from "./FileButton";
import { Again, Bin, Pictures, Warning } from "./icons";
import { focusCard, neighbourOf } from "./PhotoGrid";

export function UploadCard({ upload }: { upload: Upload }) {
  const root = useRef<HTMLElement>(null);
  const heading = useId();
  const { id, name, state, guess } = upload;
  const refused = state === "refused";
  useLayoutEffect(() => {
    const card = root.current;
    return () => {
      if (card?.contains(document.activeElement)) requestAnimationFrame(() => focusCard(name));
    };
  }, [name]);
  const gone = () => {
    const next = root.current && neighbourOf(root.current);
    discard(id);
    next?.focus();
  };
  return (
    <article ref={root} class={`card ${refused ? "refused" : "moving"}`} tabIndex={-1} aria-labelledby={heading}
      data-testid="card" data-name={name} data-room={guess ?? ""} data-state={refused ? "refused" : "uploading"}>
      <div class="picture">
        <Preview src={upload.preview} />
      </div>
      <div class="card-text">
        <header>
          <h3 id={heading}>
            {guess && !refused ? t("card.unsure", { room: roomName(guess) }) : null}
            <span class="name cut">{name}</span>
          </h3>
        </header>
        {refused ? <Refusal upload={upload} /> : <Moving upload={upload} />}
      </div>
      <div class="card-actions">
        {refused && upload.passing && (
          <button type="button" class="button quiet" onClick={() => again(id)} data-testid="again">
            <Again /> {t("card.again")}
          </button>
        )}
        {refused && (
          <FileButton testid="another" kind="quiet" multiple={!upload.replaces} onFiles={(files) => instead(id, files)}>
            <Pictures /> {t("card.another")}
          </FileButton>
        )}
        <button type="button" class="button quiet" onClick={gone} data-testid={refused ? "dismiss" : "cancel"}
          aria-label={t(refused ? "card.remove_label" : "up.cancel", { name })}>
          <Bin /> {t(refused ? "card.remove" : "ui.cancel")}
        </button>
      </div>
    </article>
  );
}

/** The file's own picture; nothing where the browser cannot draw it, such as HEIC in most. */
function Preview({ src }: { src: string }) {
  const [shown, setShown] = useState(true);
  if (!shown) return <p class="no-copy"><Pictures /></p>;
  return <img src={src} alt="" onError={() => setShown(false)} decoding="async" />;
}

function Refusal({ upload }: { upload: Upload }) {
  const { code, detail } = upload.problem ?? { code: "photo.error", detail: "" };
  return (
    <p class="refusal" data-testid="error" data-code={code}>
      <Warning /> <span>{problemText(code, detail)}</span>
    </p>
  );
}

function Moving({ upload }: { upload: Upload }) {
  const { sent, state } = upload;
  const text = stageText(upload);
  return (
    <div class="moving-state">
      <progress aria-label={t("up.bytes", { name: upload.name })} max={1}
        value={state === "checking" ? undefined : sent} />
      <p class="small" data-testid="stage" data-stage={upload.stage ?? state}>{text}</p>
    </div>
  );
}

function stageText({ state, stage, sent }: Upload): string {
  if (state === "queued") return t("up.queued");
  if (state === "retrying") return t("up.retry");
  if (state === "sending" || stage === "receiving") return t("up.sending", { percent: percent(sent) });
  return t(stage ? `stage.${stage}` : "stage.waiting");
}
