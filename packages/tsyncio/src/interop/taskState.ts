/** What a part of a user interface does in the background, as state that it can show. */

import { DEV } from "#dev";
import { checkType, ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { isCancelled, ValueError } from "../base/errors.ts";
import { lazyOf } from "../base/lazy.ts";
import { HOW_TO_COMPILE } from "../base/notCompiled.ts";
import { isPromise } from "../iteration/settle.ts";
import { type Coroutine, isAwaitable, type Native } from "../kernel/protocol.ts";
import { toPromise } from "./toPromise.ts";

/** What a `run` does while another one is under way. */
export type TaskMode = "restart" | "drop" | "queue";

/** Options of `createTaskState`, and of `useTask` in `tsyncio/react`. */
export interface TaskStateOptions {
  /**
   * `"restart"` (the default) cancels the one that is under way, and begins when its cleanup has ended; of several that
   * come meanwhile only the last begins. `"drop"` does nothing, unless the other one is cancelled already. `"queue"`
   * begins when those before have ended.
   */
  mode?: TaskMode;
}

/** How things stand. A new object for each change, and the same one as long as there is none. */
export interface TaskSnapshot<T> {
  /**
   * `"idle"` before the first run; `"running"` until the last run, with its cleanup, has ended; then how that one
   * ended.
   */
  readonly state: "idle" | "running" | "done" | "failed" | "cancelled";
  /** The result of the last run that was done; it stays while another one is under way. */
  readonly value: T | undefined;
  /** The error of the last run, if that has failed. */
  readonly error: unknown;
}

/** How one run ended. `"dropped"`: it has not begun, because of another one. */
export type TaskOutcome<T> =
  | { readonly state: "done"; readonly value: T }
  | { readonly state: "failed"; readonly error: unknown }
  | { readonly state: "cancelled" | "dropped" };

/** What `createTaskState` returns. Its functions need no `this`. */
export interface TaskState<A extends unknown[], T> {
  /** Calls the function in a task. The promise is never rejected: it may be ignored. */
  readonly run: (...args: A) => Promise<TaskOutcome<T>>;
  /** Cancels the run that is under way, and the waiting ones. Resolved when its cleanup has ended. */
  readonly cancel: () => Promise<void>;
  /** How things stand. */
  readonly getSnapshot: () => TaskSnapshot<T>;
  /** Calls the listener after each change, until the function that is returned is called. */
  readonly subscribe: (listener: () => void) => () => void;
}

/**
 * A coroutine function as state for a user interface: at most one run at a time, which can be cancelled, and whose
 * outcome is kept. React has `useTask` of `tsyncio/react`, which stands on it; any other library can subscribe.
 *
 *     const search = createTaskState(function* (text: string) {
 *       yield* sleep(0.3); // the next key cancels this one
 *       return yield* find(text);
 *     });
 *     search.subscribe(() => show(search.getSnapshot()));
 *     input.oninput = () => search.run(input.value);
 *
 * The tasks run where those of `toPromise` do.
 *
 * @throws ValueError if `mode` is none of the three; TypeError for what is no function.
 */
export function createTaskState<A extends unknown[], T>(
  fn: (...args: A) => Coroutine<T> | Native<T>,
  options?: TaskStateOptions | null,
): TaskState<A, T> {
  checkType(fn, "function", "createTaskState expects a coroutine function");
  const { mode = "restart" } = ownOptions("createTaskState", options, { mode: true });
  if (mode !== "restart" && mode !== "drop" && mode !== "queue") {
    throw new ValueError(`mode must be "restart", "drop" or "queue", got ${describe(mode)}`);
  }
  const runs = new Runs<A, T>(lazyOf(fn), mode);
  return {
    run: (...args) => runs.run(args),
    cancel: () => runs.cancel(),
    getSnapshot: () => runs.snapshot,
    subscribe: (listener) => runs.subscribe(listener),
  };
}

/** A run that has not begun. */
interface Waiting<A, T> {
  readonly args: A;
  readonly resolve: (outcome: TaskOutcome<T>) => void;
}

class Runs<A extends unknown[], T> {
  snapshot: TaskSnapshot<T> = { state: "idle", value: undefined, error: undefined };
  private readonly fn: (...args: A) => Coroutine<T> | Native<T>;
  private readonly mode: TaskMode;
  private readonly listeners = new Set<{ listener: () => void }>();
  private waiting: Waiting<A, T>[] = [];
  /** Cancels the run that is under way; null if none is. */
  private controller: AbortController | null = null;
  /** Resolved when that one has ended. */
  private ended: Promise<void> = Promise.resolve();

  constructor(fn: (...args: A) => Coroutine<T> | Native<T>, mode: TaskMode) {
    this.fn = fn;
    this.mode = mode;
  }

  run(args: A): Promise<TaskOutcome<T>> {
    return new Promise((resolve) => {
      const waiting = { args, resolve };
      const { controller, mode } = this;
      if (controller === null) return this.begin(waiting);
      // One that is cancelled and cleans up does not count: React's StrictMode cancels the first of two.
      const inTheWay = !controller.signal.aborted || this.waiting.length > 0;
      if (mode === "drop" && inTheWay) return resolve({ state: "dropped" });
      if (mode === "restart") this.stop("dropped");
      this.waiting.push(waiting);
    });
  }

  cancel(): Promise<void> {
    this.stop("cancelled");
    return this.ended;
  }

  subscribe(listener: () => void): () => void {
    const entry = { listener };
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  /** `state` is the outcome of the runs that have not begun. */
  private stop(state: "cancelled" | "dropped"): void {
    const { waiting } = this;
    this.waiting = [];
    for (const { resolve } of waiting) resolve({ state });
    this.controller?.abort();
  }

  private begin({ args, resolve }: Waiting<A, T>): void {
    const controller = new AbortController();
    this.controller = controller;
    this.change({ ...this.snapshot, state: "running", error: undefined });
    this.ended = this.outcomeOf(args, controller.signal).then((outcome) => {
      this.controller = null;
      const next = this.waiting.shift();
      const snapshot = after(this.snapshot, outcome);
      resolve(outcome);
      if (next === undefined) return this.change(snapshot);
      this.snapshot = snapshot;
      this.begin(next);
    });
  }

  private async outcomeOf(args: A, signal: AbortSignal): Promise<TaskOutcome<T>> {
    try {
      const made = this.fn(...args);
      if (DEV && (!isAwaitable(made) || isPromise(made))) throw notACoroutine(made);
      return { state: "done", value: await toPromise(made, { signal }) };
    } catch (error) {
      const cancelled = isCancelled(error) || (signal.aborted && error === signal.reason);
      return cancelled ? { state: "cancelled" } : { state: "failed", error };
    }
  }

  /** An error of a listener keeps neither the others nor the run: it is thrown as that of an event's listener. */
  private change(snapshot: TaskSnapshot<T>): void {
    this.snapshot = snapshot;
    for (const entry of [...this.listeners]) {
      try {
        if (this.listeners.has(entry)) entry.listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

function after<T>({ value }: TaskSnapshot<T>, outcome: TaskOutcome<T>): TaskSnapshot<T> {
  switch (outcome.state) {
    case "done":
      return { state: "done", value: outcome.value, error: undefined };
    case "failed":
      return { state: "failed", value, error: outcome.error };
    default:
      return { state: "cancelled", value, error: undefined };
  }
}

function notACoroutine(made: unknown): TypeError {
  const hint = made instanceof Promise ? ` ${HOW_TO_COMPILE}` : "";
  return new TypeError(
    `the function of a task must be a function*, or an async function in native syntax, got ${describe(made)}.${hint}`,
  );
}
