import { fileURLToPath } from "node:url";
import tsyncio from "tsyncio-transform/vite";
import { defineConfig } from "vite";
import { api } from "./api.ts";

const page = (name: string) => fileURLToPath(new URL(`./${name}.html`, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [tsyncio(), api()],
  build: { rolldownOptions: { input: [page("index"), page("search"), page("download")] } },
});
