import tsyncio from "tsyncio-transform/vite";
import { defineConfig } from "vite";
import { api } from "./api.ts";

const page = (name: string) => new URL(`./${name}.html`, import.meta.url).pathname;

export default defineConfig({
  root: new URL(".", import.meta.url).pathname,
  plugins: [tsyncio(), api()],
  build: { rolldownOptions: { input: [page("index"), page("search"), page("download")] } },
});
