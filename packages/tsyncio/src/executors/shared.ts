/** What all copies of the package in one thread agree on. */

import type { Transferable } from "node:worker_threads";
import type { WorkerSide } from "./workerSide.ts";

export type AnyFunction = (...args: unknown[]) => unknown;

interface Shared {
  /** What `blocking` has registered, by `keyOf`. */
  readonly functions: Map<string, { readonly fn: AnyFunction; readonly meta: object }>;
  /** What `transfer` has marked. */
  readonly transfers: WeakMap<object, readonly Transferable[]>;
  /** Null in a thread that is no worker of an executor. */
  worker: WorkerSide | null;
}

const KEY = Symbol.for("tsyncio.executors");
const registry = globalThis as unknown as { [KEY]?: Shared };

registry[KEY] ??= { functions: new Map(), transfers: new WeakMap(), worker: null };

export const shared: Shared = registry[KEY];

export function keyOf(url: string, name: string): string {
  return `${url}#${name}`;
}
