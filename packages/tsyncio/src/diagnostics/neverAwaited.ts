/** Debug mode: coroutines that were made, and never awaited. */

import { cutStack } from "../base/stackCut.ts";
import { reportToConsole } from "../host/virtual.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { COROUTINE_FUNCTION, type Coroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { userLines } from "./stack.ts";

type CoroutineFunction = (...args: never[]) => Coroutine<unknown>;

const collected =
  typeof FinalizationRegistry === "undefined"
    ? null
    : /* @__PURE__ */ new FinalizationRegistry<() => void>((report) => {
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

interface Report {
  (): void;
  cancel(): void;
  cut(): void;
}

/** The last one made: nearly always it has begun before the next one is, and needs no text of its stack. */
let unread: Report | null = null;
let cutting = false;

function cutUnread(): void {
  unread?.cut();
  unread = null;
}

function cutSoon(report: Report): void {
  cutUnread();
  unread = report;
  if (cutting) return;
  cutting = true;
  queueMicrotask(() => {
    cutting = false;
    cutUnread();
  });
}

/**
 * In a scope of its own: what it holds must not lead to the coroutine, which could then never be collected. The loop
 * may, by a task, and a frame of the stack, by its `this`.
 */
function makeReport(name: string, wait: string, running: EventLoop | null): Report {
  const runningLoop = running === null ? null : weak(running);
  const created = new Error("created");
  let open = true;
  const cut = (): void => {
    if (open) cutStack(created);
  };
  const cancel = (): void => {
    open = false;
    runningLoop?.deref()?._unbegun?.delete(report);
  };
  const report = (): void => {
    if (!open) return;
    cancel();
    const message = `coroutine ${name}() was never awaited. Write ${wait} ${name}(…), or createTask(${name}(…)).`;
    const sourceTraceback = userLines(created).join("\n");
    const loop = runningLoop?.deref();
    if (loop === undefined) reportToConsole(`${message}\nObject created at:\n${sourceTraceback}`);
    else loop.callExceptionHandler({ message, sourceTraceback });
  };
  return Object.assign(report, { cancel, cut });
}

function weak<T extends object>(target: T): { deref(): T | undefined } {
  return typeof WeakRef === "undefined" ? { deref: () => target } : new WeakRef(target);
}

function track(coro: Coroutine<unknown>, name: string): void {
  const loop = kernel.runningLoop;
  // In native syntax they are promises by `instanceof`.
  const report = makeReport(name, coro instanceof Promise ? "await" : "yield*", loop);
  if (loop !== null) {
    loop._unbegun ??= new Set();
    loop._unbegun.add(report);
  }
  collected?.register(coro, report, coro);
  cutSoon(report);
  for (const method of METHODS) {
    const value = (argument: unknown): unknown => {
      report.cancel();
      collected?.unregister(coro);
      for (const own of METHODS) delete (coro as Partial<Coroutine<unknown>>)[own];
      return (coro[method] as (argument: unknown) => unknown).call(coro, argument);
    };
    Object.defineProperty(coro, method, { value, configurable: true });
  }
}

/** The first call of one of these begins the coroutine, or closes it: `yield*` begins with the last. */
const METHODS = ["next", "throw", "return", Symbol.iterator] as const;
