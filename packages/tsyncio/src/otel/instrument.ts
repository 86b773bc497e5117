/** Switching on what is told to OpenTelemetry without the program's saying so at each place. */

import { ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { DISPOSE } from "../base/dispose.ts";
import { RuntimeError } from "../base/errors.ts";
import { keepAsyncLocalStorage } from "../interop/asyncLocalStorage.ts";
import type { Task } from "../kernel/task.ts";
import { api } from "./api.ts";
import { measure } from "./metrics.ts";
import { TaskSpans } from "./tasks.ts";

/** The options of `instrument`. */
export interface InstrumentOptions {
  /** Which tasks have a span: all (the default), none, or those for which the function returns true. */
  tasks?: boolean | ((task: Task<unknown>) => boolean);
  /** Whether there are the metrics `tsyncio.loop.lag`, `tsyncio.tasks` and `tsyncio.queue.size`. Defaults to true. */
  metrics?: boolean;
}

/** What `instrument` returns. */
export interface Instrumentation extends Disposable {
  /** Ends it. Spans of tasks that are not done end now. */
  disable(): void;
}

let active = false;

/**
 * From now on OpenTelemetry is told of the tasks of this thread, and of the health of its loops. Call it when the SDK
 * has been started, and before `run`: metrics of a meter that has no provider yet are lost.
 *
 * Tasks keep the `AsyncLocalStorage` of the code that makes them from here on, as after `keepAsyncLocalStorage()`: that
 * is what carries OpenTelemetry's context.
 *
 * @throws RuntimeError if it is on already, or if the package @opentelemetry/api is not installed.
 */
export function instrument(options?: InstrumentOptions | null): Instrumentation {
  const own = ownOptions("instrument", options, { tasks: true, metrics: true });
  const { tasks = true, metrics = true } = own;
  if (typeof tasks !== "boolean" && typeof tasks !== "function") {
    throw new TypeError(`tasks must be true, false or a function of a task, got ${describe(tasks)}`);
  }
  if (typeof metrics !== "boolean") throw new TypeError(`metrics must be true or false, got ${describe(metrics)}`);
  api();
  if (active) throw new RuntimeError("instrument() has been called already: disable that one first");
  active = true;
  keepAsyncLocalStorage();
  const spans = tasks === false ? null : new TaskSpans(tasks === true ? () => true : tasks);
  const stopMeasuring = metrics ? measure() : () => {};
  let enabled = true;
  const disable = (): void => {
    if (!enabled) return;
    enabled = active = false;
    spans?.disable();
    stopMeasuring();
  };
  return { disable, [DISPOSE]: disable } as Instrumentation;
}
