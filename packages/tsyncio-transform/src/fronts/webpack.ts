import { type Plugin, plugin } from "./unplugin.ts";

/** The plugin for webpack: `import tsyncio from "tsyncio-transform/webpack"`. */
const webpack: Plugin["webpack"] = plugin.webpack;

export default webpack;
