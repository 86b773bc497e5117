import { type Plugin, plugin } from "./unplugin.ts";

/** The plugin for rspack: `import tsyncio from "tsyncio-transform/rspack"`. */
const rspack: Plugin["rspack"] = plugin.rspack;

export default rspack;
