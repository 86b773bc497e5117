import { type Plugin, plugin } from "./unplugin.ts";

/** The plugin for vite: `import tsyncio from "tsyncio-transform/vite"`. */
const vite: Plugin["vite"] = plugin.vite;

export default vite;
