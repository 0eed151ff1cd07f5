/** The photo: zoomed, moved, clicked; the boxes lie on it. */
import { useEffect, useRef } from "preact/hooks";
import { PHOTO } from "../keys/focus";
import { at } from "../model/geometry";
import { missing, painted, photos } from "../state/photos";
import { current } from "../state/queue";
import * as view from "../state/view";
import * as work from "../state/work";
import { errorText, t } from "../texts";
import type { Task } from "../types";
import { Boxes } from "./Boxes";
import { mountEditor } from "./editor";

/** How far a pointer may move and still be a click, and how far beside a box it still means it. */
const CLICK_PX = 4;
/** From here on, the photo's pixels are shown as they are: what is between them is made up. */
const PIXELS_SEEN = 9;

export function Stage() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      view.screen.value = { width: element.clientWidth || 1, height: element.clientHeight || 1 };
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const task = current.value;
  const photo = task && photos.value.get(task.image.id);
  const trouble = task && missing.value.get(task.image.id);
  const onFlagged = task?.box_id != null && work.selected.value === task.box_id;
  return (
    <div
      ref={place}
      id={PHOTO}
      class={`stage ${work.unplaced.value ? "drawing" : ""} ${onFlagged ? "on-flagged" : ""}`}
      role="application"
      tabIndex={0}
      aria-label={task ? t("task.photo", { name: task.image.name, count: work.boxes.value.length }) : t("task.no_photo")}
      aria-describedby="keys-hint"
      aria-busy={task !== null && !photo && !trouble}
      data-testid="stage"
      data-task={task?.id}
      data-ready={task && painted.value === task.id ? "true" : undefined}
      {...gestures}
    >
      {task && photo && <Sheet key={task.id} task={task} photo={photo} />}
      {task && !photo && !trouble && <p class="stage-note loading"><span class="spinner" /> {t("task.loading")}</p>}
      {trouble && (
        <p class="stage-note" role="alert" data-testid="photo-missing">
          {t("task.photo_missing", { reason: errorText(trouble) })}
        </p>
      )}
    </div>
  );
}

function Sheet({ task, photo }: { task: Task; photo: HTMLImageElement }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    element.append(photo);
    const unmount = mountEditor(photo);
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => (painted.value = task.id));
    });
    return () => {
      cancelAnimationFrame(frame);
      painted.value = null;
      unmount();
      photo.remove();
    };
  }, [photo]);
  const { scale, x, y } = view.view.value;
  const { width, height } = view.screen.value;
  return (
    <div
      class={scale > PIXELS_SEEN ? "sheet coarse" : "sheet"}
      data-testid="sheet"
      style={{
        width: `${task.image.width * scale}px`,
        height: `${task.image.height * scale}px`,
        transform: `translate(${width / 2 - x * scale}px, ${height / 2 - y * scale}px)`,
      }}
    >
      <div class="photo" ref={host} />
      <Boxes task={task} />
    </div>
  );
}

/** Where a drag that moves the photo began; null while there is none. */
let grip: { x: number; y: number; moved: boolean; pans: boolean } | null = null;

const onHandle = (event: PointerEvent) =>
  event.target instanceof Element && event.target.closest(".a9s-annotation.selected") !== null;

const gestures = {
  onPointerDown: (event: PointerEvent) => {
    if (event.button > 1) return;
    work.newStep();
    const pans = event.button === 1 || (!onHandle(event) && !work.unplaced.value);
    grip = { x: event.clientX, y: event.clientY, moved: false, pans };
    if (event.button === 1) event.preventDefault();
  },
  onPointerMove: (event: PointerEvent) => {
    if (!grip) return;
    const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
    if (!grip.moved && Math.hypot(dx, dy) < CLICK_PX) return;
    if (!grip.moved && grip.pans) (event.currentTarget as Element).setPointerCapture(event.pointerId);
    grip.moved = true;
    if (!grip.pans) return;
    view.pan(dx, dy);
    grip.x = event.clientX;
    grip.y = event.clientY;
  },
  onPointerUp: (event: PointerEvent) => {
    const held = grip;
    grip = null;
    work.newStep();
    if (held && !held.moved && event.button === 0 && !work.unplaced.value) pick(event);
  },
  onPointerCancel: () => {
    grip = null;
  },
  onWheel: (event: WheelEvent) => {
    event.preventDefault();
    view.zoom(Math.exp(-event.deltaY / 400), pointOf(event));
  },
};

function pointOf(event: MouseEvent): { x: number; y: number } {
  const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
  return view.photoPoint(event.clientX - left, event.clientY - top);
}

/** Select the smallest box under the pointer; a click on the selected one, the next larger. */
function pick(event: PointerEvent): void {
  const task = work.task.value;
  if (!task) return;
  const { x, y } = pointOf(event);
  const { width, height } = task.image;
  const near = CLICK_PX / view.view.value.scale;
  const choices = view.othersHidden.value ? work.boxes.value.filter((box) => box.id === task.box_id) : work.boxes.value;
  const under = at(choices, x / width, y / height, { width: near / width, height: near / height });
  const now = under.findIndex((box) => box.id === work.selected.value);
  const next = under[(now + 1) % under.length];
  if (next) work.select(next.id);
}
