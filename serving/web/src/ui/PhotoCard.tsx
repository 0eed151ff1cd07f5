/** One photo: what it shows, what is wrong with it, how its copy looks, and what can be done. */
import { useId, useRef, useState } from "preact/hooks";
import type { Photo, PhotoCard as Card } from "../api/types";
import { percent, t } from "../i18n/i18n";
import { roomName, roomNames } from "../i18n/names";
import { findingText, noCopyText, peopleText } from "../i18n/problems";
import { busy, remove, takeBack } from "../state/actions";
import { cards, questions, retakes, shownRooms } from "../state/listing";
import { send } from "../upload/uploader";
import { AskRoom } from "./AskRoom";
import { CompareDialog } from "./CompareDialog";
import { FileButton } from "./FileButton";
import { Again, Check, Compare, Cross, Person, Shield, Tag, Warning } from "./icons";
import { neighbourOf } from "./PhotoGrid";
import { RemoveButton } from "./RemoveButton";
import { RoomChoice } from "./RoomChoice";

export function PhotoCard({ photo }: { photo: Photo }) {
  const root = useRef<HTMLElement>(null);
  const heading = useId();
  const [changing, setChanging] = useState(false);
  const [comparing, setComparing] = useState(false);
  const card = cards.value.get(photo.name);
  const question = questions.value.get(photo.name);
  const { name, copy } = photo;
  const rooms = shownRooms(photo);
  const room = rooms.length ? roomNames(rooms) : roomName("other");
  const people = peopleText(copy.receipt);

  const gone = async () => {
    const next = root.current && neighbourOf(root.current);
    if (await remove(photo)) next?.focus();
  };

  const undo = async () => {
    if (await takeBack(photo)) root.current?.focus({ preventScroll: true });
  };

  return (
    <article ref={root} class="card" id={`card-${photo.id}`} tabIndex={-1} aria-labelledby={heading}
      aria-busy={busy.value.has(photo.id)} data-testid="card" data-name={name} data-room={rooms.join(" ") || "other"} data-state="ready"
      data-answered={photo.answer ? "true" : "false"}>
      <div class="picture">
        {copy.thumbnail_url ? (
          <img src={copy.thumbnail_url} alt={t("card.alt", { room, name })} loading="lazy" decoding="async" />
        ) : (
          <p class="no-copy" data-testid="no-copy" data-code={copy.receipt.code}>
            <Shield /> <strong>{t("card.no_copy")}</strong>
            <span>{noCopyText(copy.receipt)}</span>
          </p>
        )}
        {copy.url && (
          <button type="button" class="button over" onClick={() => setComparing(true)} data-testid="compare"
            aria-label={t("card.compare_label", { name })}>
            <Compare /> {t("card.compare")}
          </button>
        )}
      </div>
      <div class="card-text">
        <header>
          <h3 id={heading}>
            <RoomTitle photo={photo} card={card} room={room} /> <span class="name cut">{name}</span>
          </h3>
          <Verdict photo={photo} card={card} />
        </header>
        <Findings photo={photo} card={card} />
        {people && (
          <p class={copy.receipt.code === "privacy.nobody" ? "fact soft" : "fact"} data-testid="people"
            data-code={copy.receipt.code}>
            <Person /> {people}
          </p>
        )}
        {question && !photo.answer && <AskRoom photo={photo} question={question} />}
        {photo.answer && (
          <p class="fact said" data-testid="said">
            <Check /> <span>{room} – {t("card.you_said")}</span>
            <button type="button" class="button bare-text" onClick={() => void undo()}
              aria-label={t("card.undo_label", { name })} data-testid="undo">
              {t("ui.undo")}
            </button>
          </p>
        )}
      </div>
      {changing && <RoomChoice photo={photo} onDone={() => setChanging(false)} />}
      <div class="card-actions">
        <button type="button" class="button quiet" aria-expanded={changing} onClick={() => setChanging(!changing)}
          aria-label={t("card.change_label", { name })} data-testid="change-room">
          <Tag /> {t("card.change")}
        </button>
        <FileButton testid="retake" kind={retakes.value.has(name) ? "quiet wanted" : "quiet"}
          label={t("card.retake_label", { name })} onFiles={(files) => send(files, photo.id)}>
          <Again /> {t("card.retake")}
        </FileButton>
        <RemoveButton name={name} onRemove={() => void gone()} />
      </div>
      {comparing && <CompareDialog photo={photo} room={room} onClosed={() => setComparing(false)} />}
    </article>
  );
}

/** "Kitchen · 97%", "Kitchen? not sure, 55%", "Kitchen · you said" */
function RoomTitle({ photo, card, room }: { photo: Photo; card: Card | undefined; room: string }) {
  if (photo.answer) {
    return <>{room} <span class="confidence" data-testid="confidence">{t("card.you_said")}</span></>;
  }
  const share = percent(card?.probability ?? photo.findings.rooms[0]?.probability ?? 0);
  if (card && !card.sure) {
    return (
      <>
        {t("card.unsure", { room })}{" "}
        <span class="confidence doubt" data-testid="confidence">{t("card.unsure_hint", { percent: share })}</span>
      </>
    );
  }
  return (
    <>
      {room}{" "}
      <span class="confidence" data-testid="confidence">
        <span aria-hidden="true">{t("card.percent", { percent: share })}</span>
        <span class="hidden">{t("card.percent_label", { percent: share })}</span>
      </span>
    </>
  );
}

/** Whether it counts for the checklist. */
function Verdict({ photo, card }: { photo: Photo; card: Card | undefined }) {
  if (!card) return null;
  if (card.duplicate_of) return <span class="badge bad">{t("card.same_as", { photo: card.duplicate_of })}</span>;
  if (!card.counts_for.length) return <span class="badge bad"><Cross /> {t("card.counts_not")}</span>;
  if (retakes.value.has(photo.name)) return <span class="badge warn">{t("card.retake_wanted")}</span>;
  return <span class="badge ok"><Check /> {t("card.counts")}</span>;
}

function Findings({ photo, card }: { photo: Photo; card: Card | undefined }) {
  const found = card?.quality ?? photo.findings.quality;
  if (!found.length) return null;
  return (
    <ul class="findings">
      {found.map((finding) => {
        const { wrong, todo } = findingText(finding);
        return (
          <li key={finding.code} data-testid="finding" data-code={finding.code}>
            <Warning /> <span><strong>{wrong}</strong> {todo}</span>
          </li>
        );
      })}
    </ul>
  );
}
