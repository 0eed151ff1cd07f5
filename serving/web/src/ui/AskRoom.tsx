/** The report's question about a photo: one tap settles it. */
import { useId, useRef } from "preact/hooks";
import type { Photo, Question } from "../api/types";
import { t } from "../i18n/i18n";
import { roomName } from "../i18n/names";
import { answer } from "../state/actions";

interface Props {
  photo: Photo;
  question: Question;
}

export function AskRoom({ photo, question }: Props) {
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const say = async (said: readonly string[]) => {
    const card = root.current?.closest<HTMLElement>("article");
    if (await answer(photo, said)) card?.focus({ preventScroll: true }); // the question is gone
  };
  const rooms = question.choices.filter((choice) => choice !== "other");
  const both = question.code === "ask.both" && rooms.length > 1;
  const choices: { label: string; rooms: readonly string[]; testid: string }[] = [
    ...rooms.map((room) => ({ label: roomName(room), rooms: [room], testid: room })),
    ...(both ? [{ label: t("ask.both_choice"), rooms, testid: "both" }] : []),
    { label: t("ask.other_choice"), rooms: [], testid: "other" },
  ];
  return (
    <div ref={root} class="ask" role="group" aria-labelledby={id} data-testid="ask" data-code={question.code}>
      <p id={id}>{t(both ? "ask.both" : "ask.room")}</p>
      <div class="ask-choices">
        {choices.map((choice) => (
          <button key={choice.testid} type="button" class="button"
            onClick={() => void say(choice.rooms)} data-testid="ask-choice" data-room={choice.testid}>
            {choice.label}
          </button>
        ))}
      </div>
    </div>
  );
}
