/** What all copies of the package in one thread agree on. */

import type { Transferable } from "node:worker_threads";
import { sharedRecord } from "../base/sharedRecord.ts";
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

export const shared: Shared = sharedRecord("tsyncio.executors", () => ({
  functions: new Map(),
  transfers: new WeakMap(),
  worker: null,
}));

export function keyOf(url: string, name: string): string {
  return `${url}#${name}`;
}
