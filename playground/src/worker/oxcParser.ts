/**
 * Stands in the place of oxc-parser for tsyncio-transform, whose WebAssembly needs headers that hosts of static files
 * do not send.
 */

export { default as visitorKeys } from "oxc-parser/visitorKeys";
export { parseSync } from "./parser.ts";
