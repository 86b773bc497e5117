/** A worker's side: the job that runs, and the way back to the pool. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { MessagePort, Transferable } from "node:worker_threads";
import { LookupError } from "../base/errors.ts";
import { iscoroutine } from "../kernel/protocol.ts";
import { cannotSend, FAILED, type JobMessage, type Outcome, type Reply, type ToPool, VALUE } from "./messages.ts";
import { encodeError } from "./remoteError.ts";
import { type AnyFunction, keyOf, shared } from "./shared.ts";
import { takeTransfers } from "./transfer.ts";

/** The ways to the pool (null between processes), and the initializer: its module, its name, its arguments. */
export interface SetupMessage {
  readonly ports: ThreadPorts | null;
  readonly initializer: readonly [url: string, name: string, args: readonly unknown[]] | null;
}

/** What a thread gets to talk with. */
export interface ThreadPorts {
  /** Jobs there, and everything back. */
  readonly jobs: MessagePort;
  /** See turns.ts. */
  readonly turns: Int32Array<SharedArrayBuffer>;
  /** The main loop's replies, and a number that goes up with each. */
  readonly replies: MessagePort;
  readonly signal: Int32Array;
}

/** The way to the pool. */
export interface WorkerLink {
  /** Throws if a value cannot be sent. */
  post(message: ToPool, transfers: Transferable[]): void;
  /** What the pool gets when it is sent the value. Throws if it cannot be sent. */
  readonly copy: (value: unknown) => unknown;
  /** Calls `receive` for each reply of the main loop. */
  listen(receive: (message: Reply) => void): void;
  /** Takes what has come, without the event loop, until `done()`; at most `ms` milliseconds. Null: cannot be had. */
  readonly block: ((done: () => boolean, ms: number) => void) | null;
}

/** Which job code belongs to, through its promises too. */
export interface JobContext {
  readonly id: number;
}

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

export class WorkerSide {
  readonly link: WorkerLink;
  readonly runsIn = new AsyncLocalStorage<JobContext>();
  /** The module that is being loaded: it must not submit jobs. */
  loading: string | null = null;
  /** The functions of the pool's jobs, by number. */
  private readonly known: { readonly fn: AnyFunction; readonly name: string }[] = [];

  constructor(link: WorkerLink) {
    this.link = link;
    shared.worker = this;
  }

  /** Runs the initializer. */
  async begin(initializer: SetupMessage["initializer"]): Promise<Outcome> {
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

/** What a job has printed is to be there before its result: the worker may be ended when that has come. */
export function printing(): boolean {
  return process.stdout.writableLength > 0 || process.stderr.writableLength > 0;
}

export async function printed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
}
