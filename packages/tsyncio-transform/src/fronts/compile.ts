/**
 * Compiles what Node loads. The compiler itself is loaded for the first marked module: a program without one pays
 * nothing.
 */

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { isMarked } from "../directive.ts";
import type { transform as Transform } from "../transform.ts";
import { mayBeCompiled } from "./eligible.ts";
import { textOf } from "./warnings.ts";

let transform: typeof Transform | null = null;
/** The compiler's own modules are loaded past it: they have the directive in their text. */
let loading = false;

/** The text to load in the place of `source`, which is the module's at `url`; null to leave it as it is. */
export function compile(
  url: string,
  source: string | NodeJS.TypedArray | ArrayBuffer | null | undefined,
  format: string,
): string | null {
  if (loading || source == null || !url.startsWith("file:") || !mayBeCompiled(url)) return null;
  const code = typeof source === "string" ? source : new TextDecoder().decode(source);
  if (!isMarked(code)) return null;
  const sourceType = format.startsWith("commonjs") ? "commonjs" : "module";
  const filename = fileURLToPath(url);
  const made = compiler()(code, { filename, sourceType });
  for (const warning of made?.warnings ?? [])
    process.emitWarning(textOf(filename, warning), { type: "TsyncioWarning" });
  return made?.code ?? null;
}

function compiler(): typeof Transform {
  if (transform !== null) return transform;
  loading = true;
  try {
    transform = (createRequire(import.meta.url)("tsyncio-transform") as { transform: typeof Transform }).transform;
  } finally {
    loading = false;
  }
  return transform;
}
