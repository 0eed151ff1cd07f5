/** The seller's page: draws the start page at / and a listing at /listings/{id}. */
import { render } from "preact";
import { App } from "./ui/App";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/checklist.css";
import "./styles/cards.css";
import "./styles/dialogs.css";

const root = document.getElementById("app");
if (root) render(<App path={location.pathname} />, root);
