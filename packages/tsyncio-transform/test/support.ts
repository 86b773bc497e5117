/** What the tests share. */

import { parseSync } from "oxc-parser";
import { transform } from "tsyncio-transform";

/** The output of a marked module with this code, without its first line. */
export function output(code: string, filename = "file.ts"): string {
  return compiled(code, filename).replace(/^.*\n/, "");
}

/** The whole output. It must parse. */
export function compiled(code: string, filename = "file.ts"): string {
  const made = transform(`"use tsyncio";\n${code}`, { filename });
  if (made === null) throw new Error("not marked");
  const [error] = parseSync(filename, made.code, { sourceType: "module" }).errors;
  if (error !== undefined) throw new Error(`${error.message}\n${error.codeframe}`);
  return made.code;
}
