/** The valuation page: what a home is worth, in three steps. Served at /value. */
import { render } from "preact";
import "../styles/base.css";
import "../styles/controls.css";
import "../styles/layout.css";
import "../styles/value.css";
import { listen, load } from "./state";
import { ValuePage } from "./ui/ValuePage";

const root = document.getElementById("app");
if (root) {
  render(<ValuePage />, root);
  listen();
  void load();
}
