/** The points at which an inspector, a tracer or the explorer looks on. */

import type { Future } from "./future.ts";
import type { Task } from "./task.ts";

/** All methods are optional; a method is called synchronously and must not throw. */
export interface Instrument {
  taskCreated?(task: Task<unknown>): void;
  stepBegan?(task: Task<unknown>): void;
  stepEnded?(task: Task<unknown>): void;
  /** The task waits for `future`; null is a bare yield, `sleep(0)`. */
  blocked?(task: Task<unknown>, future: Future<unknown> | null): void;
  /** `future` is done, and what waited for it is ready; `by` is the task that completed it, if one did. */
  completed?(future: Future<unknown>, by: Task<unknown> | null): void;
  cancelled?(task: Task<unknown>, by: Task<unknown> | null): void;
  taskDone?(task: Task<unknown>): void;
}
