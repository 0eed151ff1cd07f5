/** Files dropped anywhere on the page are sent; a veil says so while they hover. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/i18n";
import { send } from "../upload/uploader";
import { Pictures } from "./icons";

const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

export function DropTarget() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const hover = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false); // out of the window
    };
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setOver(false);
      if (document.querySelector("dialog[open]")) return;
      send(event.dataTransfer?.files ?? []);
    };
    addEventListener("dragover", hover);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", hover);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  if (!over) return null;
  return (
    <div class="veil" aria-hidden="true">
      <p><Pictures /> {t("up.drop_now")}</p>
    </div>
  );
}
