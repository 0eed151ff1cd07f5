/** Which photo shows this? One tap on a picture settles it. */
import { t } from "../i18n/i18n";
import { roomNames, theRoom } from "../i18n/names";
import { pick } from "../state/actions";
import { ordered, shownRooms } from "../state/listing";
import { originals } from "../upload/uploads";
import { Dialog } from "./Dialog";

interface Props {
  room: string;
  /** Photos of which it was said before. */
  instead: readonly string[];
  onClosed: () => void;
}

export function PickDialog({ room, instead, onClosed }: Props) {
  return (
    <Dialog title={t("ask.extra_title", { the: theRoom(room) })} testid="pick-dialog" wide onClosed={onClosed}>
      {(close) =>
        ordered.value.length ? (
          <ul class="pick">
            {ordered.value.map((photo) => {
              const src = photo.copy.thumbnail_url ?? originals.get(photo.id);
              return (
                <li key={photo.id}>
                  <button type="button" data-testid="pick" data-name={photo.name}
                    aria-pressed={instead.includes(photo.name)}
                    onClick={() => {
                      void pick(photo.name, room, instead);
                      close();
                    }}>
                    {src ? <img src={src} alt="" loading="lazy" /> : <span class="no-picture" />}
                    <span>{roomNames(shownRooms(photo))}</span>
                    <span class="soft small cut">{photo.name}</span>
                  </button>
                </li>
              );
            })}
          </ul>
        ) : (
          <p class="soft">{t("ask.extra_none")}</p>
        )
      }
    </Dialog>
  );
}
