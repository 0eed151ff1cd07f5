/** The labelers' page: one photo at a time, answered by keyboard. Served at /review. */
import { render } from "preact";
import "../styles/base.css";
import "../styles/controls.css";
import { listen } from "./keys/listen";
import { open } from "./state/queue";
import { ReviewPage } from "./ui/ReviewPage";
import { watch } from "./watch";
import "../styles/review.css";

const root = document.getElementById("app");
if (root) {
  render(<ReviewPage />, root);
  listen();
  watch();
  open();
}
