/**
 * The selected box in the hands of the mouse: Annotorious draws its handles, moves and resizes it, and
 * draws new ones. It holds this one box only; the others are drawn by Boxes.tsx as a single path, for
 * Annotorious builds every box anew whenever one of them changes, and a photo may have a thousand.
 *
 *     const unmount = mountEditor(img, { width: 4000, height: 3000 });
 */
import { createImageAnnotator, ShapeType, type ImageAnnotation, type Rectangle } from "@annotorious/annotorious";
import "@annotorious/annotorious/annotorious.css";
import { effect } from "@preact/signals";
import { same, type Size } from "../model/geometry";
import { peeking } from "../state/view";
import * as work from "../state/work";
import type { Corners, TaskBox } from "../types";

/** A change that is not the library's own; it exports the type's values in no other way. */
const ELSEWHERE = "REMOTE" as Parameters<ReturnType<typeof createImageAnnotator>["state"]["store"]["updateTarget"]>[1];

export function mountEditor(image: HTMLImageElement): () => void {
  // The library counts in the picture's own pixels, which it reads from the picture.
  const size = { width: image.naturalWidth, height: image.naturalHeight };
  const editor = createImageAnnotator(image, { drawingEnabled: false, drawingMode: "drag" });
  const { store } = editor.state;
  const untab = keepOutOfTabs(editor.element);
  let ours = false;

  store.observe(({ changes }) => {
    const now = changes.updated?.[0]?.newValue;
    if (!ours && now) work.drag(now.id, cornersOf(now, size));
  });
  editor.on("createAnnotation", (made) => work.drawn(cornersOf(made, size)));
  // A click beside the box empties the library's selection; ours changes by pick() alone.
  editor.on("selectionChanged", (now) => {
    if (!ours && !now.length) queueMicrotask(draw);
  });

  function draw(): void {
    const box = work.selectedBox.peek();
    ours = true;
    try {
      editor.setVisible(!peeking.peek());
      editor.setDrawingEnabled(work.unplaced.peek() !== null);
      if (!box || work.unplaced.peek() === box.id) return editor.setAnnotations([], true);
      const there = editor.getAnnotationById(box.id);
      if (!there) editor.setAnnotations([annotation(box, size)], true);
      else if (!same(cornersOf(there, size), box)) {
        // Not the library's to undo: its history fails on changes in the first moments of a page.
        store.updateTarget(annotation(box, size).target, ELSEWHERE);
      }
      if (!editor.getSelected().length) editor.setSelected(box.id, true);
    } finally {
      ours = false;
    }
  }
  const stop = effect(() => {
    void [work.selectedBox.value, work.unplaced.value, peeking.value];
    draw();
  });

  return () => {
    stop();
    untab();
    editor.destroy();
  };
}

/** The keyboard works on the photo as a whole; the library's handles are for the pointer. */
function keepOutOfTabs(element: HTMLElement): () => void {
  const clean = () => {
    for (const node of element.querySelectorAll("svg, svg [tabindex], svg [role]")) {
      node.removeAttribute("tabindex");
      node.removeAttribute("role");
    }
    element.querySelector("svg")?.setAttribute("aria-hidden", "true");
  };
  clean();
  const observer = new MutationObserver(clean);
  observer.observe(element, { childList: true, subtree: true });
  return () => observer.disconnect();
}

function annotation(box: TaskBox, size: Size): ImageAnnotation {
  const x = box.x1 * size.width;
  const y = box.y1 * size.height;
  const w = (box.x2 - box.x1) * size.width;
  const h = (box.y2 - box.y1) * size.height;
  const bounds = { minX: x, minY: y, maxX: x + w, maxY: y + h };
  const selector: Rectangle = { type: ShapeType.RECTANGLE, geometry: { x, y, w, h, rot: 0, bounds } };
  return { id: box.id, bodies: [], target: { annotation: box.id, selector } };
}

function cornersOf(made: ImageAnnotation, { width, height }: Size): Corners {
  const { x, y, w, h } = (made.target.selector as Rectangle).geometry;
  return { x1: x / width, y1: y / height, x2: (x + w) / width, y2: (y + h) / height };
}
