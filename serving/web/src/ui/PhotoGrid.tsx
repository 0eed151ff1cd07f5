/** All cards: what is being sent or was refused first, then the photos, newest first. */
import type { Photo } from "../api/types";
import { t } from "../i18n/i18n";
import { ordered, photoByName } from "../state/listing";
import { active, type Upload, uploads } from "../upload/uploads";
import { PhotoCard } from "./PhotoCard";
import { UploadCard } from "./UploadCard";

type Item = { key: string; upload: Upload } | { key: string; photo: Photo };

/** A retake under way stands where the photo is that it replaces. */
function items(): Item[] {
  const retakes = new Map(
    uploads.value.filter((one) => one.replaces && one.state !== "refused").map((one) => [one.replaces, one]),
  );
  // An event may tell of a photo before its upload is answered: one card is enough.
  const arriving = new Set(active.value.map(({ name }) => name));
  const here = ordered.value.filter(({ name }) => !arriving.has(name));
  const held = new Set(here.map(({ id }) => id));
  const inPlace = (upload: Upload) =>
    upload.replaces !== null && retakes.get(upload.replaces) === upload && held.has(upload.replaces);
  return [
    ...uploads.value.filter((one) => !inPlace(one)).map((upload) => ({ key: upload.id, upload })),
    ...here.map((photo) => {
      const upload = retakes.get(photo.id);
      return upload ? { key: upload.id, upload } : { key: photo.id, photo };
    }),
  ];
}

export function PhotoGrid() {
  const shown = items();
  return (
    <section class="photos" aria-labelledby="photos">
      <h2 id="photos" tabIndex={-1}>
        {t("card.list")} {ordered.value.length > 0 && <span class="soft">{ordered.value.length}</span>}
      </h2>
      {shown.length ? (
        <div class="cards">
          {shown.map((item) =>
            "upload" in item
              ? <UploadCard key={item.key} upload={item.upload} />
              : <PhotoCard key={item.key} photo={item.photo} />,
          )}
        </div>
      ) : (
        <div class="empty">
          <p class="empty-title">{t("card.empty")}</p>
          <p class="soft">{t("card.empty_text")}</p>
        </div>
      )}
    </section>
  );
}

/** Bring a photo's card into view and put the focus on it. */
export function showCard(name: string): void {
  const id = photoByName.value.get(name)?.id;
  const card = id && document.getElementById(`card-${id}`);
  if (!card) return;
  card.scrollIntoView({ block: "center" });
  card.focus({ preventScroll: true });
  card.classList.add("found");
  card.addEventListener("blur", () => card.classList.remove("found"), { once: true });
}

/** Where the focus goes when the card of an upload becomes that of its photo. */
export function focusCard(name: string): void {
  const id = photoByName.value.get(name)?.id;
  const place = (id && document.getElementById(`card-${id}`)) || document.getElementById("photos");
  place?.focus({ preventScroll: true });
}

/** After a card is gone: the next one, else the one before, else the heading. */
export function neighbourOf(card: HTMLElement): HTMLElement | null {
  const beside = card.nextElementSibling ?? card.previousElementSibling;
  return beside instanceof HTMLElement ? beside : document.getElementById("photos");
}
