import { type Plugin, plugin } from "./unplugin.ts";

/** The plugin for rolldown: `import tsyncio from "tsyncio-transform/rolldown"`. */
const rolldown: Plugin["rolldown"] = plugin.rolldown;

export default rolldown;
