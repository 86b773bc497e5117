/** A worker's side: the job that runs, and the way back to the pool. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Transferable } from "node:worker_threads";
import { LookupError } from "../base/errors.ts";
import { iscoroutine } from "../kernel/protocol.ts";
import { cannotSend } from "./copies.ts";
import { FAILED, type Initializer, type JobMessage, type Outcome, type Reply, type ToPool, VALUE } from "./messages.ts";
import type { PoolLink } from "./poolLink.ts";
import { encodeError } from "./remoteError.ts";
import { type AnyFunction, type InWorker, type JobContext, keyOf, shared } from "./shared.ts";
import { takeTransfers } from "./transfer.ts";

/** What a job has thrown: a class of its own, so that no result looks like an error. */
export class Thrown {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  /** Unlike `instanceof`, runs no code of a result that is a proxy. */
  static is(result: unknown): result is Thrown {
    return typeof result === "object" && result !== null && #error in result;
  }

  get error(): unknown {
    return this.#error;
  }
}

export class WorkerSide implements InWorker {
  readonly runsIn = new AsyncLocalStorage<JobContext>();
  loading: string | null = null;
  readonly calls: InWorker["calls"] = new Map();
  lastCall = 0;
  readonly block: InWorker["block"];
  private readonly link: PoolLink;
  /** The functions of the pool's jobs, by number. */
  private readonly known: { readonly fn: AnyFunction; readonly name: string }[] = [];

  constructor(link: PoolLink, block: InWorker["block"]) {
    this.link = link;
    this.block = block;
    shared.worker = this;
  }

  post(message: ToPool, transfers: Transferable[]): void {
    this.link.post(message, transfers);
  }

  /** A reply of the main loop. */
  settle([, number, outcome]: Reply): void {
    this.calls.get(number)?.(outcome);
    this.calls.delete(number);
  }

  /** Runs the initializer. */
  async begin(initializer: Initializer | null): Promise<Outcome> {
    if (initializer === null) return [VALUE, undefined];
    const [url, name, args] = initializer;
    try {
      const fn = await this.find(url, name);
      await this.runsIn.run({ id: 0 }, () => fn(...args));
      return [VALUE, undefined];
    } catch (error) {
      return [FAILED, encodeError(error, this.link.copy)];
    }
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

  /** Sends what `run` returned. */
  answer(message: JobMessage, result: unknown | Thrown): void {
    const [id, , number] = message;
    if (Thrown.is(result)) return this.fail(id, result.error);
    try {
      this.link.post(["value", id, result], takeTransfers([result]));
    } catch (error) {
      this.fail(id, cannotSend(`the result of ${this.known[number]?.name ?? "the job"}()`, error));
    }
  }

  private fail(id: number, error: unknown): void {
    this.link.post(["failed", id, encodeError(error, this.link.copy)], []);
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
    throw new TypeError(`${name}() returned a coroutine: executors run plain and async functions`);
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
