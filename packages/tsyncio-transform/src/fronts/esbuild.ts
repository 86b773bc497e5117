import { type Plugin, plugin } from "./unplugin.ts";

/** The plugin for esbuild: `import tsyncio from "tsyncio-transform/esbuild"`. */
const esbuild: Plugin["esbuild"] = plugin.esbuild;

export default esbuild;
