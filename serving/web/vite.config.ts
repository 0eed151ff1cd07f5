/**
 * Build of the pages into dist/: static files that need nothing from outside and hold no inline script
 * or style, so that they run under the service's strict CSP.
 *
 * The labelers' and the valuation page are built by themselves (`--mode review`, `--mode value`):
 * hardly anybody opens two, and a chunk that they share would cost every seller a request.
 *
 * `npm run dev` proxies the API to a local `homelens serve`; HOMELENS_API names another address.
 */
import { resolve } from "node:path";
import { defineConfig } from "vite";

const page = (name: string) => resolve(import.meta.dirname, name);
const ALONE = ["review", "value"];
const api = process.env.HOMELENS_API ?? "http://127.0.0.1:8000";

export default defineConfig(({ mode }) => ({
  appType: "mpa",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // a data: address of a font or icon would be refused by the CSP
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000, // swagger-ui, on the API page alone
    emptyOutDir: !ALONE.includes(mode),
    rolldownOptions: {
      input: ALONE.includes(mode)
        ? { [mode]: page(`${mode}.html`) }
        : { index: page("index.html"), docs: page("docs.html") },
    },
  },
  worker: { format: "es" },
  server: { proxy: { "/v1": api, "/openapi.json": api } },
}));
