import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig } from "vite";
import { typeHelp } from "./typeHelp.ts";

const here = import.meta.dirname;
const parser = join(here, "src/worker/oxcParser.ts");
const nothing = join(here, "src/worker/nothing.ts");
const keys = join(dirname(fileURLToPath(import.meta.resolve("oxc-parser"))), "generated/visit/keys.js");

export default defineConfig({
  root: here,
  // The site puts dist into a folder of its own.
  base: "./",
  plugins: [typeHelp()],
  resolve: {
    // The sources of the packages: nothing has to be built before. Without "production", so that all texts for people
    // are there.
    conditions: ["@tsyncio/source", ...defaultClientConditions.filter((name) => name !== "development|production")],
    alias: [
      { find: /^oxc-parser$/, replacement: parser },
      { find: /^oxc-parser\/visitorKeys$/, replacement: keys },
      { find: /^(?:util|timers|timers\/promises|perf_hooks)$/, replacement: nothing },
    ],
  },
  // The worker is started from its text: it can load nothing more.
  // Names of classes and functions are what reports and stacks show.
  worker: { format: "iife", rolldownOptions: { output: { minify: { compress: true, mangle: false, codegen: true } } } },
  build: { target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1000 },
});
