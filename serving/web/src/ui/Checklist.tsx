/** The checklist: a line for each need with the one next thing to do, then what only the seller knows. */
import { useState } from "preact/hooks";
import type { Line, Report } from "../api/types";
import { t } from "../i18n/i18n";
import { lineNote, lineState, lineStep, lineTitle, statusWord, type Step } from "../i18n/lines";
import { roomName, theRoom } from "../i18n/names";
import { extras, info, report, type Extra } from "../state/listing";
import { chooseFiles } from "./AddPhotos";
import { showCard } from "./PhotoGrid";
import { PickDialog } from "./PickDialog";

const MARKS: Record<string, string> = { ok: "✓", unsure: "?", partial: "!", missing: "✕", optional: "–" };

interface Picking {
  room: string;
  instead: readonly string[];
}

export function Checklist() {
  const [picking, setPicking] = useState<Picking | null>(null);
  const found = report.value;
  if (!found) return null;
  return (
    <section class="checklist" aria-labelledby="checklist">
      <h2 id="checklist">{t("list.title")}</h2>
      <ul class="lines">
        {found.lines.map((line) => (
          <ChecklistLine key={`${line.room} ${line.title}`} report={found} line={line}
            onPick={(room) => setPicking({ room, instead: [] })} />
        ))}
      </ul>
      {extras.value.length > 0 && (
        <>
          <h3 class="lines-title">{t("list.extras")}</h3>
          <ul class="lines">
            {extras.value.map((extra) => (
              <ExtraLine key={extra.extra} {...extra}
                onPick={() => setPicking({ room: extra.extra, instead: extra.shownBy })} />
            ))}
          </ul>
        </>
      )}
      {picking && <PickDialog {...picking} onClosed={() => setPicking(null)} />}
    </section>
  );
}

interface LineProps {
  report: Report;
  line: Line;
  onPick: (room: string) => void;
}

function ChecklistLine({ report: found, line, onPick }: LineProps) {
  const step = lineStep(found, line, info.value?.room_types ?? []);
  const title = lineTitle(found, line);
  const note = lineNote(found, line);
  return (
    <li class={`line ${line.status}`} data-testid="line" data-room={line.room ?? "photos"} data-status={line.status}>
      <span class="mark" aria-hidden="true">{MARKS[line.status] ?? "!"}</span>
      <div class="line-text">
        <p class="line-head">
          <span class="line-title">{title}</span>
          <span class="hidden">, {statusWord(line.status)}: </span>
          <span class="line-state">{lineState(line)}</span>
        </p>
        {step.kind !== "none" && <p class="line-step" data-testid="step">{step.text}</p>}
        {note && line.status !== "ok" && <p class="soft small">{note}</p>}
      </div>
      <StepButton step={step} title={title} onPick={onPick} />
    </li>
  );
}

function StepButton({ step, title, onPick }: { step: Step; title: string; onPick: (room: string) => void }) {
  if (step.kind === "none") return null;
  const [action, act] =
    step.kind === "add" ? [t("step.add_short"), chooseFiles]
    : step.kind === "pick" ? [t("step.pick_short"), () => onPick(step.room)]
    : [t(step.question ? "step.say_short" : "step.retake_short"), () => showCard(step.photo)];
  return (
    <button type="button" class="button small-button" onClick={act} data-testid="step-button"
      aria-label={t("step.label", { action, line: title })}>
      {action}
    </button>
  );
}

function ExtraLine({ extra, shownBy, onPick }: Extra & { onPick: () => void }) {
  const shown = shownBy.length > 0;
  const action = t(shown ? "ask.extra_change" : "step.pick_short");
  return (
    <li class={`line ${shown ? "ok" : "unsure"}`} data-testid="extra-line" data-room={extra}
      data-status={shown ? "ok" : "unsure"}>
      <span class="mark" aria-hidden="true">{shown ? "✓" : "?"}</span>
      <div class="line-text">
        <p class="line-head"><span class="line-title">{roomName(extra)}</span></p>
        <p class={shown ? "line-step soft" : "line-step"}>
          {shown ? t("list.shown_by", { photo: shownBy.join(", ") }) : t("ask.extra", { the: theRoom(extra) })}
        </p>
      </div>
      <button type="button" class="button small-button" onClick={onPick} data-testid="extra-pick"
        aria-label={t("step.label", { action, line: roomName(extra) })}>
        {action}
      </button>
    </li>
  );
}
