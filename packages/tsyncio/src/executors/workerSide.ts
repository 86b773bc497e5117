/** A worker's side: the job that runs, and the way back to the pool. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Transferable } from "node:worker_threads";
import { LookupError } from "../kernel/errors.ts";
import { iscoroutine } from "../kernel/protocol.ts";
import type { ToPool, ToWorker } from "./messages.ts";
import { cannotSend, FAILED, isSimple, type JobMessage, type JobOutcome, PACKED, POSTED, pack } from "./messages.ts";
import { encodeError } from "./remoteError.ts";
import { type AnyFunction, keyOf, shared } from "./shared.ts";
import { takeTransfers } from "./transfer.ts";

/** The way to the pool. */
export interface WorkerLink {
  /** Throws if a value cannot be sent. */
  post(message: ToPool, transfers: Transferable[]): void;
  /** Calls `receive` for each message of the pool. */
  listen(receive: (message: ToWorker) => void): void;
  /** Takes what has come, without the event loop, until `done()`; at most `ms` milliseconds. Null: cannot be had. */
  readonly block: ((done: () => boolean, ms: number) => void) | null;
}

/** Which job code belongs to, through its promises too. */
export interface JobContext {
  readonly id: number;
}

export class WorkerSide {
  readonly link: WorkerLink;
  readonly runsIn = new AsyncLocalStorage<JobContext>();
  /** The modules that are being loaded: none of them may submit jobs. */
  loading: string | null = null;
  /** The functions of the pool's jobs, by number. */
  private readonly known: { readonly fn: AnyFunction; readonly name: string }[] = [];
  /** Values that threads send each other need not be serialised by us. */
  private readonly isThread: boolean;

  constructor(link: WorkerLink, isThread: boolean) {
    this.link = link;
    this.isThread = isThread;
  }

  /** The function, at once if its module has been loaded. */
  find(url: string, name: string): AnyFunction | Promise<AnyFunction> {
    return shared.functions.get(keyOf(url, name))?.fn ?? this.load(url, name);
  }

  private async load(url: string, name: string): Promise<AnyFunction> {
    const outer = this.loading;
    this.loading = url;
    try {
      await import(url);
    } finally {
      this.loading = outer;
    }
    const found = shared.functions.get(keyOf(url, name));
    if (found !== undefined) return found.fn;
    throw new LookupError(
      `a worker has loaded ${url}, and blocking() was not called there for ${name}(): call it at the top level of the ` +
        "module, outside of functions and of `if (isMain(import.meta))`",
    );
  }

  run(message: JobMessage): JobOutcome | Promise<JobOutcome> {
    const [id, number, args, many = false] = message;
    const known = this.known[number];
    if (known === undefined) return this.learn(message);
    const { fn, name } = known;
    try {
      const value = this.runsIn.run({ id }, many ? enterJobs : enterJob, fn, args, name);
      return isThenable(value) ? this.settle(id, name, value) : this.outcome(id, name, value);
    } catch (error) {
      return [FAILED, encodeError(error)];
    }
  }

  private async learn(message: JobMessage): Promise<JobOutcome> {
    const [, number, , , url = "", name = ""] = message;
    try {
      this.known[number] = { fn: await this.find(url, name), name };
    } catch (error) {
      return [FAILED, encodeError(error)];
    }
    return this.run(message);
  }

  private async settle(id: number, name: string, value: PromiseLike<unknown>): Promise<JobOutcome> {
    try {
      return this.outcome(id, name, await value);
    } catch (error) {
      return [FAILED, encodeError(error)];
    }
  }

  /**
   * Simple values go with the pool's own message. For the rest, that message would take the worker with it if they
   * could not be sent; so they go by a message of ours.
   */
  private outcome(id: number, name: string, value: unknown): JobOutcome {
    if (isSimple(value)) return value;
    try {
      if (!this.isThread) return [PACKED, pack(value)];
      this.link.post(["result", id, value], takeTransfers([value]));
      return [POSTED];
    } catch (error) {
      return [FAILED, encodeError(cannotSend(`the result of ${name}()`, error))];
    }
  }
}

function enterJob(fn: AnyFunction, args: readonly unknown[], name: string): unknown {
  const value = fn(...args);
  if (typeof value === "object" && value !== null && iscoroutine(value)) {
    throw new TypeError(`${name}() gave a coroutine: executors run plain and async functions`);
  }
  return value;
}

function enterJobs(fn: AnyFunction, list: readonly unknown[], name: string): unknown {
  const values = (list as readonly unknown[][]).map((args) => enterJob(fn, args, name));
  return values.some(isThenable) ? Promise.all(values) : values;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
