// How the pages are built: two entries, so that the landing page loads none of GraphiQL, and nothing inline.
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { guides } from "./guides.ts";

const page = (name: string) => resolve(import.meta.dirname, name);

export default defineConfig({
  logLevel: "warn",
  plugins: [guides()],
  build: {
    target: "es2022",
    // The first browsers with light-dark(), which must stay as it is: what stands in for it ignores GraphiQL's switch.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      input: { landing: page("index.html"), graphiql: page("graphiql.html"), guide: page("guide.html") },
      onLog: (level, log, tell) => log.code === "MODULE_LEVEL_DIRECTIVE" || tell(level, log),
    },
  },
  worker: { format: "es" },
});
