import tsyncio from "tsyncio-transform/vite";
import { defineConfig } from "vitest/config";

// Compiles the modules that begin with "use tsyncio".
export default defineConfig({ plugins: [tsyncio()] });
