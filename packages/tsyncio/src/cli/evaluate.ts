/** Runs a compiled input of the prompt. */

import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import type { Coroutine } from "tsyncio";
import * as native from "tsyncio/native";

/** A coroutine of the value of the input. Its imports are those of a module in the working directory. */
export function* evaluate(code: string, filename: string): Coroutine<unknown> {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const script = new Script(`(function(require){${code}\n})`, { filename, importModuleDynamically });
  const require = createRequire(join(process.cwd(), "prompt.js"));
  const load = (name: string): unknown => (name === "tsyncio/native" ? native : require(name));
  const begin = script.runInThisContext() as (require: unknown) => Coroutine<{ value?: unknown } | undefined>;
  return (yield* begin(load))?.value;
}

/** Node's loader for scripts is experimental, which the user of the prompt has not chosen. */
export function silenceLoader(): void {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: never[]) => {
    if (!`${warning}`.includes("USE_MAIN_CONTEXT_DEFAULT_LOADER")) emitWarning.call(process, warning, ...rest);
  };
}
