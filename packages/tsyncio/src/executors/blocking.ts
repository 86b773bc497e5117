/** Functions that a worker can find. */

import type { OptionNames } from "../base/checks.ts";
import { describe, describeFunction } from "../base/describe.ts";
import { RuntimeError, ValueError } from "../base/errors.ts";
import { REFERENCE, type Reference } from "../base/reference.ts";
import { iscoroutinefunction } from "../kernel/protocol.ts";
import { ownOptions } from "./options.ts";
import { type AnyFunction, keyOf, shared } from "./shared.ts";

/** Options of `blocking`. */
export interface BlockingOptions {
  /** The function's name in its module, if it is not to be `fn.name`. */
  name?: string;
  /**
   * What cancelling a job that runs does. "leave" is asyncio's way: the job goes on, and its result is dropped.
   * "terminate" ends its worker, in the middle of whatever it does, and the pool makes another one. Without it, the
   * pool decides.
   */
  cancel?: "leave" | "terminate";
}

const BLOCKING_OPTIONS: OptionNames<BlockingOptions> = { name: true, cancel: true };

/**
 * Makes a function one that `runInExecutor`, `toThread` and the pools can run:
 *
 *     export const hash = blocking(import.meta, function hash(password: string) { … });
 *
 * A function cannot be sent to another thread. So it is known by its module and its name, and a worker that is to run
 * it loads that module and finds it: `blocking` must be called while the module is loaded, and what the module does
 * besides must stand behind `if (isMain(import.meta))`, as under Python's `if __name__ == "__main__"`. The function
 * itself is given back; calling it directly runs it here. A `function*` is for `mainLoop()`.
 *
 * Throws `ValueError` for a function without a name, and `RuntimeError` for a second one of the same name.
 */
// biome-ignore lint/complexity/noBannedTypes: a signature would decide the types of fn's parameters, `(n = 1) => …`
export function blocking<F extends Function>(meta: { readonly url: string }, fn: F, options?: BlockingOptions): F {
  if (typeof meta?.url !== "string") throw new TypeError(`blocking expects import.meta, got ${describe(meta)}`);
  if (typeof fn !== "function") throw new TypeError(`blocking expects a function, got ${describe(fn)}`);
  const { name = fn.name, cancel } = ownOptions("blocking", options, BLOCKING_OPTIONS);
  if (cancel !== undefined && cancel !== "leave" && cancel !== "terminate") {
    throw new ValueError(`cancel must be "leave" or "terminate", got ${describe(cancel)}`);
  }
  if (name === "") {
    throw new ValueError("blocking: the function needs a name, by which a worker finds it: pass { name }");
  }
  const key = keyOf(meta.url, name);
  // The same module may be loaded again, by a tool that reloads; it has another import.meta then.
  if (shared.functions.get(key)?.meta === meta) {
    throw new RuntimeError(`blocking: ${meta.url} has two functions ${name}(): pass another { name } for one of them`);
  }
  shared.functions.set(key, { fn: fn as unknown as AnyFunction, meta });
  const reference: Reference = {
    url: meta.url,
    name,
    key,
    args: [],
    terminate: cancel === undefined ? undefined : cancel === "terminate",
  };
  Object.defineProperty(fn, REFERENCE, { value: reference });
  return fn;
}

/** How a worker finds the function. Throws `TypeError` for what `blocking` has not made. */
export function referenceOf(fn: unknown, caller: string): Reference {
  if (typeof fn !== "function") throw new TypeError(`${caller} expects a function, got ${describe(fn)}`);
  const { [REFERENCE]: reference } = fn as { [REFERENCE]?: Reference };
  if (reference !== undefined) return reference;
  throw new TypeError(
    `${caller} cannot send ${describeFunction(fn)} to a worker: a function has no form that another thread could read. ` +
      "Define it at the top level of a module, so that the worker finds it by its name: " +
      "`export const work = blocking(import.meta, function work(…) { … })`. " +
      "What it uses of its surroundings must come as arguments; partial() fixes some of them.",
  );
}

/** The same for a function that is to run as a job. */
export function jobReference(fn: unknown, caller: string): Reference {
  if (iscoroutinefunction(fn)) {
    throw new TypeError(
      `${caller} cannot run the coroutine function ${describeFunction(fn)}: executors run plain and async functions. ` +
        "Inside one, `await run(coroutine())` runs a coroutine on a loop of the worker's own.",
    );
  }
  return referenceOf(fn, caller);
}
