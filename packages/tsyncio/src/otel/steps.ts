/** The context of OpenTelemetry in the steps of a task. */

import type { Context } from "@opentelemetry/api";
import { asyncStores } from "../host/asyncStores.ts";
import { keepAsyncLocalStorage } from "../interop/asyncLocalStorage.ts";
import type { Ambient } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { api } from "./api.ts";

/**
 * From its next step on the task runs in `context`, and so does what it begins: the `AsyncLocalStorage` stores are
 * those that `context.with()` sets, whichever context manager the program has chosen. Returns what was there, for
 * `restore`.
 */
export function runWithin(task: Task<unknown>, context: Context): unknown {
  keepAsyncLocalStorage();
  const stores = asyncStores() as Ambient;
  const before = task._ambient;
  task._ambient = api().context.with(context, () => stores.capture());
  return before;
}

/** From its next step on the task runs again where it ran before. */
export function restore(task: Task<unknown>, before: unknown): void {
  task._ambient = before;
}
