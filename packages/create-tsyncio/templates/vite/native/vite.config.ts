import tsyncio from "tsyncio-transform/vite";
import { defineConfig } from "vite";

// Compiles the modules that begin with "use tsyncio", for the page and for vitest.
export default defineConfig({ plugins: [tsyncio()] });
