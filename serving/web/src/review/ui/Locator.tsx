/** The whole photo, small, with the part that is shown: close up, one still knows where one is. */
import { useEffect, useRef } from "preact/hooks";
import * as view from "../state/view";
import * as work from "../state/work";

const WIDEST = 320;

export function Locator({ photo }: { photo: HTMLImageElement | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const image = work.task.value?.image;
  useEffect(() => {
    const target = canvas.current;
    if (!target || !photo) return;
    target.width = WIDEST;
    target.height = Math.max(1, Math.round((WIDEST * photo.naturalHeight) / photo.naturalWidth));
    target.getContext("2d")?.drawImage(photo, 0, 0, target.width, target.height);
  }, [photo]);
  if (!photo || !image) return <div class="locator" />;
  const part = view.shownPart.value;
  const box = work.selectedBox.value ?? work.flaggedPlace.value;
  const rect = ({ x1, y1, x2, y2 }: typeof part) => ({ x: x1, y: y1, width: x2 - x1, height: y2 - y1 });
  return (
    <div class="locator" aria-hidden="true">
      <div class="locator-photo">
        <canvas ref={canvas} />
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" focusable="false">
          <rect class="locator-part" {...rect(part)} />
          <rect class="locator-box" {...rect(box)} />
        </svg>
      </div>
    </div>
  );
}
