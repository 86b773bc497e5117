/** A worker's side: the job that runs, and the way back to the pool. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Transferable } from "node:worker_threads";
import { LookupError } from "../kernel/errors.ts";
import { iscoroutine } from "../kernel/protocol.ts";
import type { JobMessage, ToPool, ToWorker } from "./messages.ts";
import { type EncodedError, encodeError } from "./remoteError.ts";
import { type AnyFunction, keyOf, shared } from "./shared.ts";

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

/** What came of a job: a class of its own, so that no result looks like an error. */
export class Thrown {
  readonly error: EncodedError;

  constructor(error: unknown) {
    this.error = encodeError(error);
  }
}

export class WorkerSide {
  readonly link: WorkerLink;
  readonly runsIn = new AsyncLocalStorage<JobContext>();
  /** The module that is being loaded: it must not submit jobs. */
  loading: string | null = null;
  /** The functions of the pool's jobs, by number. */
  private readonly known: { readonly fn: AnyFunction; readonly name: string }[] = [];

  constructor(link: WorkerLink) {
    this.link = link;
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

  /** Runs a job: its result, or what it has thrown; a promise where it waits. */
  run(message: JobMessage): unknown | Thrown | Promise<unknown | Thrown> {
    const [id, , number, args, many = false] = message;
    const known = this.known[number];
    if (known === undefined) return this.learn(message);
    try {
      const value = this.runsIn.run({ id }, many ? enterJobs : enterJob, known.fn, args, known.name);
      return isThenable(value) ? settleJob(value) : value;
    } catch (error) {
      return new Thrown(error);
    }
  }

  /** The name of a job's function. */
  nameOf(message: JobMessage): string {
    return this.known[message[2]]?.name ?? "the job";
  }

  private async learn(message: JobMessage): Promise<unknown | Thrown> {
    const [, , number, , , url = "", name = ""] = message;
    try {
      this.known[number] = { fn: await this.find(url, name), name };
    } catch (error) {
      return new Thrown(error);
    }
    return this.run(message);
  }
}

async function settleJob(value: PromiseLike<unknown>): Promise<unknown | Thrown> {
  try {
    return await value;
  } catch (error) {
    return new Thrown(error);
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

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
