import { type Plugin, plugin } from "./unplugin.ts";

/** The plugin for rollup: `import tsyncio from "tsyncio-transform/rollup"`. */
const rollup: Plugin["rollup"] = plugin.rollup;

export default rollup;
