/**
 * Build of the pages into dist/: static files that need nothing from outside and hold no inline script
 * or style, so that they run under the service's strict CSP.
 *
 * The labelers' page is built by itself (`--mode review`): nobody opens both, and a chunk that they
 * share would cost every seller a request.
 *
 * `npm run dev` proxies the API to a local `homelens serve`; HOMELENS_API names another address.
 */
import { resolve } from "node:path";
import { defineConfig } from "vite";

const page = (name: string) => resolve(import.meta.dirname, name);
const api = process.env.HOMELENS_API ?? "http://127.0.0.1:8000";

export default defineConfig(({ mode }) => ({
  appType: "mpa",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // a data: address of a font or icon would be refused by the CSP
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000, // swagger-ui, on the API page alone
    emptyOutDir: mode !== "review",
    rolldownOptions: {
      input: mode === "review"
        ? { review: page("review.html") }
        : { index: page("index.html"), docs: page("docs.html") },
    },
  },
  server: { proxy: { "/v1": api, "/openapi.json": api } },
}));
