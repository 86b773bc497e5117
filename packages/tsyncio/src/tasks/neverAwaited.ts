/** Debug mode: coroutines that were made, and never awaited. */

import { reportToConsole } from "../host/virtual.ts";
import { COROUTINE_FUNCTION, type Coroutine } from "../kernel/protocol.ts";
import { userLines } from "../kernel/stack.ts";
import { kernel } from "../kernel/state.ts";

type CoroutineFunction = (...args: never[]) => Coroutine<unknown>;

const collected =
  typeof FinalizationRegistry === "undefined"
    ? null
    : new FinalizationRegistry<() => void>((report) => {
        report();
      });

/**
 * The same function; what it makes is reported if it is never awaited: when it is collected, and at the latest when
 * the loop that ran closes. A wrapper, which costs each call some ten nanoseconds and a stack: `coroutine()` makes it
 * only if debug mode is on when the function is defined.
 */
export function reportIfUnused<F extends CoroutineFunction>(fn: F): F {
  const tracked = function (this: unknown, ...args: never[]): Coroutine<unknown> {
    const coro = fn.apply(this, args);
    track(coro, fn.name || "<anonymous>");
    return coro;
  };
  for (const key of ["name", "length", "prototype"] as const) {
    Object.defineProperty(tracked, key, { value: fn[key as keyof F], configurable: key !== "prototype" });
  }
  Object.defineProperty(tracked, COROUTINE_FUNCTION, { value: true });
  return tracked as F;
}

function track(coro: Coroutine<unknown>, name: string): void {
  const created = new Error("created");
  const loop = kernel.runningLoop;
  let open = true;
  // Holds nothing of the coroutine, which could not be collected.
  const report = (): void => {
    if (!open) return;
    open = false;
    loop?._unbegun?.delete(report);
    const message = `coroutine ${name}() was never awaited. Write yield* ${name}(…), or createTask(${name}(…)).`;
    const sourceTraceback = userLines(created).join("\n");
    if (loop === null) reportToConsole(`${message}\nObject created at:\n${sourceTraceback}`);
    else loop.callExceptionHandler({ message, sourceTraceback });
  };
  if (loop !== null) (loop._unbegun ??= new Set()).add(report);
  collected?.register(coro, report, coro);

  const begun = (): void => {
    open = false;
    loop?._unbegun?.delete(report);
    collected?.unregister(coro);
    for (const method of METHODS) delete (coro as Partial<Coroutine<unknown>>)[method];
  };
  for (const method of METHODS) {
    const value = (argument: unknown): unknown => {
      begun();
      return coro[method](argument);
    };
    Object.defineProperty(coro, method, { value, configurable: true });
  }
}

/** The first call of one of these begins the coroutine, or closes it. */
const METHODS = ["next", "throw", "return"] as const;
