/** Which page an address shows. */
import { t } from "../i18n/i18n";
import { ListingPage } from "./ListingPage";
import { Shell } from "./Shell";
import { StartPage } from "./StartPage";

export function App({ path }: { path: string }) {
  const listing = /^\/listings\/([^/]+)\/?$/.exec(path)?.[1];
  if (listing) return <Shell><ListingPage id={decodeURIComponent(listing)} /></Shell>;
  if (path === "/" || path === "/index.html") return <Shell><StartPage /></Shell>;
  return <Shell><div class="message"><h1>{t("not_found")}</h1></div></Shell>;
}
