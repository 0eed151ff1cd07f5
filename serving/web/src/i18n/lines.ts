/**
 * Checklist lines in words, made from the report's codes and numbers: what a line is called, how it
 * stands, and the one next thing to do.
 */
import type { Line, Question, Report } from "../api/types";
import { known, maybe, t } from "./i18n";
import { findingText } from "./problems";
import { ofRoom, roomName, theRoom } from "./names";

/** What to do next about a line; `kind` says which control serves it. */
export type Step =
  | { kind: "none" }
  | { kind: "add"; text: string }
  | { kind: "show"; text: string; photo: string; question: boolean }
  | { kind: "pick"; text: string; room: string };

/** A line's own words in the rule file, translated where this page knows the file. */
function own(report: Report, line: Line, part: "" | ".of" | ".note"): string | null {
  return line.room ? maybe(`rules.${report.rules}.${line.room}${part}`) : null;
}

function hasOwnTitle(line: Line): boolean {
  return line.room !== null && line.title.toLowerCase() !== line.room.replaceAll("_", " ");
}

/** "Bathroom" */
export function lineTitle(report: Report, line: Line): string {
  if (line.room === null) return t("list.photos");
  if (!hasOwnTitle(line)) return roomName(line.room);
  return own(report, line, "") ?? line.title;
}

/** "1 of 2", "Missing" */
export function lineState(line: Line): string {
  const { need } = line;
  const have = Math.min(line.have, need); // five photos of two bathrooms are 2 of 2
  return maybe(line.code, { have, need }) ?? `${have}/${need}`;
}

/** What the check cannot tell about a line. */
export function lineNote(report: Report, line: Line): string {
  return line.note ? (own(report, line, ".note") ?? line.note) : "";
}

/** The one next thing to do. `rooms` are the types that the service can recognise. */
export function lineStep(report: Report, line: Line, rooms: readonly string[]): Step {
  if (!line.required || line.status === "ok") return { kind: "none" };
  if (line.room === null) return { kind: "add", text: t("step.total", { lacking: line.need - line.have }) };
  if (line.status === "unsure") return unsureStep(report, line);
  const spoiled = spoiledPhoto(report, line);
  if (spoiled) return spoiled;
  if (rooms.length && !rooms.includes(line.room) && !hasOwnTitle(line)) {
    return { kind: "pick", room: line.room, text: t("step.pick", { the: theRoom(line.room) }) };
  }
  return { kind: "add", text: addText(report, line) };
}

function addText(report: Report, line: Line): string {
  const room = line.room ?? "other";
  const of = hasOwnTitle(line)
    ? (own(report, line, ".of") ?? t("of.unknown", { name: line.title.toLowerCase() }))
    : ofRoom(room, line.need);
  return t("step.add", { have: line.have, lacking: line.need - line.have, of });
}

function unsureStep(report: Report, line: Line): Step {
  const asked = new Set(report.questions.map((question: Question) => question.photo));
  const unsure = new Set(report.photos.filter((card) => !card.sure).map((card) => card.id));
  const photo =
    line.evidence.find((id) => asked.has(id)) ?? line.evidence.find((id) => unsure.has(id)) ?? line.evidence[0];
  if (photo === undefined) return { kind: "none" };
  return { kind: "show", photo, question: true, text: t("step.say", { photo }) };
}

/** A photo that shows the room but counts for nothing as it is. */
function spoiledPhoto(report: Report, line: Line): Step | null {
  for (const retake of report.retakes) {
    const card = report.photos.find(({ id }) => id === retake.photo);
    if (retake.counts || !card || card.duplicate_of) continue;
    if (card.room !== line.room && !line.also.includes(card.room)) continue;
    const code = retake.codes[0];
    const finding = card.quality.find((found) => found.code === code);
    if (!finding) continue;
    const text = t("step.retake", { photo: card.id, reason: findingText(finding).wrong });
    return { kind: "show", photo: card.id, question: false, text };
  }
  return null;
}

/** Whether the page knows a word for how a line stands, for those who cannot see the mark. */
export function statusWord(status: string): string {
  const key = `status.${status}`;
  return known(key) ? t(key) : status;
}
