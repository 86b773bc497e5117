/** The generator form of a module, for people: what the compiler makes of it, with real names and line breaks. */

import { layOut } from "./layOut.ts";
import { rewrite, type TransformOptions } from "./transform.ts";

/**
 * Returns the module without native syntax: it needs no compiler any more. Null if it does not begin with `"use
 * tsyncio"`.
 *
 * @throws {TransformError} As `transform`.
 */
export function print(code: string, options: TransformOptions): string | null {
  const module = rewrite(code, options, "readable");
  return module === null ? null : layOut(module.edits.toString(), options.filename);
}
