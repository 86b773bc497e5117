/** What all copies of the package in one thread agree on. */

import type { AsyncLocalStorage } from "node:async_hooks";
import type { Transferable } from "node:worker_threads";
import { sharedRecord } from "../base/sharedRecord.ts";
import type { Outcome, ToPool } from "./messages.ts";

export type AnyFunction = (...args: unknown[]) => unknown;

/** A thread or a process that is a worker of an executor, for the code of its jobs. */
export interface InWorker {
  readonly runsIn: AsyncLocalStorage<JobContext>;
  /** The module that is being loaded: it must not submit jobs. */
  readonly loading: string | null;
  /** What takes the outcomes of calls on the main loop that have no reply yet, by their numbers. */
  readonly calls: Map<number, (outcome: Outcome) => void>;
  lastCall: number;
  /** The function, at once if its module has been loaded. */
  find(url: string, name: string): AnyFunction | Promise<AnyFunction>;
  /** Throws if a value cannot be sent. */
  post(message: ToPool, transfers: Transferable[]): void;
  /**
   * Takes the main loop's replies, without the event loop, until `done()`; at most `ms` milliseconds. Null: impossible.
   */
  readonly block: ((done: () => boolean, ms: number) => void) | null;
}

/** Which job code belongs to, through its promises too. */
export interface JobContext {
  readonly id: number;
}

interface Shared {
  /** What `blocking` has registered, by `keyOf`. */
  readonly functions: Map<string, { readonly fn: AnyFunction; readonly meta: object }>;
  /** What `transfer` has marked. */
  readonly transfers: WeakMap<object, readonly Transferable[]>;
  /** Null in a thread that is no worker of an executor. */
  worker: InWorker | null;
}

export const shared: Shared = sharedRecord("tsyncio.executors", () => ({
  functions: new Map(),
  transfers: new WeakMap(),
  worker: null,
}));

export function keyOf(url: string, name: string): string {
  return `${url}#${name}`;
}
