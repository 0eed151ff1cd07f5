/** "Not right? Change room": everything a photo can be said to show, one or several, or none. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Photo } from "../api/types";
import { t } from "../i18n/i18n";
import { roomName } from "../i18n/names";
import { answer } from "../state/actions";
import { listing, shownRooms } from "../state/listing";

interface Props {
  photo: Photo;
  onDone: () => void;
}

export function RoomChoice({ photo, onDone }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [chosen, setChosen] = useState<readonly string[]>(() => shownRooms(photo));
  const offered = (listing.value?.room_choices ?? []).filter((room) => room !== "other");
  useEffect(() => form.current?.querySelector<HTMLInputElement>("input")?.focus(), []);

  const say = async (rooms: readonly string[]) => {
    const card = form.current?.closest<HTMLElement>("article");
    if (!(await answer(photo, rooms))) return;
    onDone();
    card?.focus({ preventScroll: true });
  };

  const cancel = () => {
    form.current?.closest("article")?.querySelector<HTMLElement>("[aria-expanded]")?.focus();
    onDone();
  };

  return (
    <form ref={form} class="choice" data-testid="room-choice"
      onKeyDown={(event) => {
        if (event.key === "Escape") cancel();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen.length) void say(chosen);
      }}>
      <fieldset>
        <legend>{t("card.change_title", { name: photo.name })}</legend>
        <p class="soft small">{t("card.change_hint")}</p>
        <div class="chips">
          {offered.map((room) => (
            <label key={room} class="chip">
              <input type="checkbox" checked={chosen.includes(room)} data-testid={`room-${room}`}
                onChange={() =>
                  setChosen(chosen.includes(room) ? chosen.filter((one) => one !== room) : [...chosen, room])
                } />
              <span>{roomName(room)}</span>
            </label>
          ))}
        </div>
        <div class="choice-end">
          <button type="submit" class="button primary" disabled={!chosen.length} data-testid="room-save">
            {t("ui.save")}
          </button>
          <button type="button" class="button" onClick={() => void say([])} data-testid="room-none">
            {t("card.none")}
          </button>
          <button type="button" class="button bare-text" onClick={cancel} data-testid="room-cancel">
            {t("ui.cancel")}
          </button>
        </div>
      </fieldset>
    </form>
  );
}
