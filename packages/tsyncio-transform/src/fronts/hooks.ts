/** The hooks of a Node that runs them in a thread of its own: see register.ts. */

import type { LoadHook } from "node:module";
import { compile } from "./compile.ts";

export const load: LoadHook = async (url, context, nextLoad) => {
  const result = await nextLoad(url, context);
  const code = compile(url, result.source, result.format ?? "");
  return code === null ? result : { ...result, source: code };
};
