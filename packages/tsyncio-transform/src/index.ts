/** async and await for tsyncio: the compiler. */

export type { Parse, ParseOptions, SourceType } from "./ast/parser.ts";
export { isMarked } from "./directive.ts";
export { type Place, TransformError, type Warning } from "./errors.ts";
export { print } from "./print.ts";
export { type TransformOptions, type TransformResult, transform } from "./transform.ts";
