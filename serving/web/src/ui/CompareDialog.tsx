/**
 * Before and after: the photo as it was uploaded under its safe copy, with a slider over both.
 *
 * "Before" is the file that this page sent, else the original if the service gives it to this
 * seller; where neither is to be had, the copy is shown alone and the dialog says why.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/client";
import { asApiError } from "../api/http";
import type { Photo } from "../api/types";
import { t, type Key } from "../i18n/i18n";
import { peopleText } from "../i18n/problems";
import { listing } from "../state/listing";
import { originals } from "../upload/uploads";
import { Dialog } from "./Dialog";

interface Props {
  photo: Photo;
  room: string;
  onClosed: () => void;
}

type Before = { state: "loading" } | { state: "ready"; src: string } | { state: "none"; why: Key };

const WHY: Record<string, Key> = {
  "auth.forbidden": "compare.not_yours",
  "auth.required": "compare.not_yours",
  not_found: "compare.gone",
  gone: "compare.gone",
};

export function CompareDialog({ photo, room, onClosed }: Props) {
  const [before, setBefore] = useState<Before>({ state: "loading" });
  useEffect(() => find(photo, setBefore), [photo.id]);
  const { name, copy } = photo;
  return (
    <Dialog title={t("compare.title")} testid="compare-dialog" wide onClosed={onClosed}>
      {() => (
        <>
          {before.state === "ready" && copy.url ? (
            <Slider
              before={before.src}
              after={copy.url}
              beforeAlt={t("compare.before_alt", { room, name })}
              afterAlt={t("compare.after_alt", { room, name })}
              onBroken={() => setBefore({ state: "none", why: "compare.cannot_show" })}
            />
          ) : (
            copy.url && <div class="compare"><img src={copy.url} alt={t("compare.after_alt", { room, name })} /></div>
          )}
          <p class="soft" data-testid="compare-note">
            {before.state === "loading" && t("compare.loading")}
            {before.state === "none" && t("compare.only_after", { reason: t(before.why) })}
            {before.state === "ready" && peopleText(copy.receipt)}
          </p>
        </>
      )}
    </Dialog>
  );
}

/** Find the picture as it was uploaded; returns what to do when it is no longer wanted. */
function find(photo: Photo, tell: (before: Before) => void): () => void {
  const local = originals.get(photo.id);
  if (local) {
    tell({ state: "ready", src: local });
    return () => {};
  }
  if (!photo.original_until) {
    tell({ state: "none", why: "compare.gone" });
    return () => {};
  }
  const end = new AbortController();
  let address = "";
  api.original(listing.value?.id ?? "", photo.id, end.signal).then(
    (blob) => {
      address = URL.createObjectURL(blob);
      tell({ state: "ready", src: address });
    },
    (error) => {
      if (!end.signal.aborted) tell({ state: "none", why: WHY[asApiError(error).code] ?? "compare.failed" });
    },
  );
  return () => {
    end.abort();
    if (address) URL.revokeObjectURL(address);
  };
}

interface SliderProps {
  before: string;
  after: string;
  beforeAlt: string;
  afterAlt: string;
  onBroken: () => void;
}

/** The range input lies over the pictures, so that dragging anywhere and the arrow keys move it. */
function Slider({ before, after, beforeAlt, afterAlt, onBroken }: SliderProps) {
  const [at, setAt] = useState(50);
  const range = useRef<HTMLInputElement>(null);
  useEffect(() => range.current?.focus(), []);
  return (
    <div class="compare" style={{ "--at": `${at}%` }}>
      <img src={after} alt={afterAlt} />
      <img src={before} alt={beforeAlt} class="before" onError={onBroken} />
      <span class="tag left" aria-hidden="true">{t("compare.before")}</span>
      <span class="tag right" aria-hidden="true">{t("compare.after")}</span>
      <input ref={range} type="range" min={0} max={100} value={at} aria-label={t("compare.slider")}
        aria-valuetext={t("compare.value", { percent: 100 - at })} data-testid="compare-slider"
        onInput={(event) => setAt(event.currentTarget.valueAsNumber)} />
      <span class="handle" aria-hidden="true" />
    </div>
  );
}
