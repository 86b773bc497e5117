/**
 * What errors say of a module in native syntax that was not compiled: its promises and its `await using` are
 * JavaScript's.
 */

import { DEV } from "#dev";
import { describe } from "./describe.ts";
import { RuntimeError } from "./errors.ts";

/** How a module in native syntax is compiled. */
export const HOW_TO_COMPILE: string = DEV
  ? 'Native syntax needs "use tsyncio" as the first statement of the module, and the compiler: ' +
    "node --import tsyncio-transform/register, a plugin of Vite or another bundler, the preload of Bun, or the command tsyncio-transform."
  : "The module was not compiled.";

/** The error of `await using manager` in a module that was not compiled. */
export function leftWithoutError(manager: unknown): RuntimeError {
  return new RuntimeError(
    `await using cannot leave ${describe(manager)}: it must know the error that has ended the block, which JavaScript does not ` +
      `tell it. ${HOW_TO_COMPILE} Without it write yield* asyncWith(manager, function* () { … }).`,
  );
}
