/**
 * Every box but the selected one: the flagged box, the suggestion as a dashed ghost, all others thin
 * and as one path, so that a thousand cost no more than one; and the names of the nearest few.
 */
import { useComputed } from "@preact/signals";
import { nearFirst } from "../model/geometry";
import * as view from "../state/view";
import * as work from "../state/work";
import { labelName } from "../texts";
import type { Corners, Task, TaskBox } from "../types";

const MOST_NAMES = 24;

const path = ({ x1, y1, x2, y2 }: Corners) => `M${x1} ${y1}H${x2}V${y2}H${x1}Z`;

export function Boxes({ task }: { task: Task }) {
  const others = useComputed(() =>
    work.boxes.value.filter((box) => box.id !== work.selected.value && box.id !== task.box_id),
  );
  const outlines = useComputed(() => (view.othersHidden.value ? "" : others.value.map(path).join("")));
  if (view.peeking.value) return null;
  const flagged = work.flaggedBox.value;
  const unplaced = work.unplaced.value ? work.selectedBox.value : null;
  const ghost = work.ghost.value;
  return (
    <>
      <svg class="boxes" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <path class="casing" d={outlines} />
        <path class="others" d={outlines} data-testid="others" />
        {flagged && flagged.id !== work.selected.value && <Outline class="flagged" box={flagged} />}
        {unplaced && <Outline class="unplaced" box={unplaced} />}
        {ghost && <Outline class="ghost" box={ghost} />}
      </svg>
      <Names others={others.value} />
      {flagged && flagged.id !== work.selected.value && <Name box={flagged} kind="flagged" />}
      {work.selectedBox.value && (
        <Name box={work.selectedBox.value} kind={work.selected.value === task.box_id ? "flagged" : "selected"} />
      )}
    </>
  );
}

function Outline({ box, class: name }: { box: Corners; class: string }) {
  return (
    <>
      <path class={`casing ${name}`} d={path(box)} />
      <path class={name} d={path(box)} data-testid={name} />
    </>
  );
}

function Names({ others }: { others: readonly TaskBox[] }) {
  if (!view.namesShown.value || view.othersHidden.value) return null;
  const { x1, y1, x2, y2 } = view.shownPart.value;
  const visible = others.filter((box) => box.x1 < x2 && box.x2 > x1 && box.y1 < y2 && box.y2 > y1);
  if (visible.length > MOST_NAMES && view.mode.value === "whole") return null; // a photo full of names shows nothing
  const nearest = nearFirst(visible, work.flaggedPlace.value, { width: 1, height: 1 }).slice(0, MOST_NAMES);
  return <>{nearest.map((box) => <Name key={box.id} box={box} kind="other" />)}</>;
}

function Name({ box, kind }: { box: TaskBox; kind: "flagged" | "selected" | "other" }) {
  return (
    <span class={`box-name ${kind}`} aria-hidden="true"
      style={{ left: `${box.x1 * 100}%`, top: `${box.y1 * 100}%` }}>
      {labelName(box.label)}
    </span>
  );
}
