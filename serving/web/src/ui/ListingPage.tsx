/** A listing: the home and its checklist, the place to add photos, a card for each photo. */
import { useEffect } from "preact/hooks";
import { t } from "../i18n/i18n";
import { homeParts } from "../i18n/names";
import { load, open } from "../state/actions";
import { failure, listing, phase } from "../state/listing";
import { active } from "../upload/uploads";
import { AddPhotos } from "./AddPhotos";
import { Checklist } from "./Checklist";
import { DropTarget } from "./DropTarget";
import { Failed, Loading } from "./Message";
import { PhotoGrid } from "./PhotoGrid";
import { Summary } from "./Summary";
import { Trouble } from "./Trouble";

export function ListingPage({ id }: { id: string }) {
  useEffect(() => void open(id), [id]);
  useEffect(() => {
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, []);
  const home = listing.value?.home;
  const title = home ? t("ui.title_page", { home: homeParts(home)[0] ?? "" }) : "homelens";
  useEffect(() => {
    document.title = title;
  }, [title]);

  if (phase.value === "failed" && failure.value) {
    return <Failed error={failure.value} onAgain={() => void load()} />;
  }
  if (phase.value !== "ready") return <Loading />;
  return (
    <div class="listing">
      <Summary />
      <div class="columns">
        <Checklist />
        <div class="work">
          <AddPhotos />
          <PhotoGrid />
          <footer class="soft small"><p>{t("ui.footer")}</p></footer>
        </div>
      </div>
      <DropTarget />
      <Trouble />
    </div>
  );
}

/** Ask before photos that are under way are lost. */
function warn(event: BeforeUnloadEvent): void {
  if (active.value.length) event.preventDefault();
}
