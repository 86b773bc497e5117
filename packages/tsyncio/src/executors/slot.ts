/** One worker of a pool: a thread or a process, which does one job at a time. */

import type { ResourceLimits } from "node:worker_threads";
import { type Options, Tinypool } from "tinypool";
import type { Reference } from "../kernel/reference.ts";
import type { BrokenExecutor } from "./errors.ts";
import type { Job } from "./job.ts";
import { MainCalls } from "./mainCalls.ts";
import { cannotSend, FAILED, type JobMessage, type Outcome, PACKED, type ToPool, unpack } from "./messages.ts";
import type { ReplyLink } from "./poolLinks.ts";
import { decodeError } from "./remoteError.ts";
import type { SetupMessage } from "./worker.ts";
import { workerFile } from "./workerFile.ts";

/** What the workers of a pool have in common. */
export interface WorkerKind {
  readonly runtime: "worker_threads" | "child_process";
  /** "a worker thread of ThreadPoolExecutor" */
  readonly words: string;
  readonly broken: new (...args: ConstructorParameters<typeof BrokenExecutor>) => BrokenExecutor;
  /** Undefined: that of this process. */
  readonly env: Record<string, string> | undefined;
  readonly execArgv: readonly string[] | undefined;
  readonly resourceLimits: ResourceLimits | undefined;
}

/** The pool, for a slot. */
export interface SlotOwner {
  /** A job has ended, or the worker; `slot.dead` tells. */
  _slotFree(slot: Slot): void;
}

interface Ended {
  readonly cause: unknown;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** The numbers of all functions that were submitted, by their keys: shorter to send than modules and names. */
const numbers = new Map<string, number>();

/** A tinypool of one worker: which job is in which worker is then known, and one that ends takes nothing with it. */
export abstract class Slot {
  /** How many jobs it has been given. Counted where workers are replaced after some: processes. */
  jobs = 0;
  /** True when the worker has ended, or is being ended. */
  dead = false;
  /** When it last began something, in milliseconds. Noted where jobs may wait behind it: threads. */
  began = 0;
  protected readonly owner: SlotOwner;
  protected readonly kind: WorkerKind;
  protected readonly tinypool: Tinypool;
  /** The keys of the functions that the worker knows the numbers of. */
  protected readonly known = new Set<string>();
  protected ended: Ended | null = null;
  private calls: MainCalls | null = null;
  private destroyed: Promise<void> | null = null;

  constructor(owner: SlotOwner, kind: WorkerKind, options: Options) {
    this.owner = owner;
    this.kind = kind;
    this.tinypool = new Tinypool({
      filename: workerFile(),
      runtime: kind.runtime,
      minThreads: 1,
      maxThreads: 1,
      // On Deno a thread that sleeps by Atomics never gets its first message.
      useAtomics: process.versions.deno === undefined,
      ...options,
      ...(kind.env === undefined ? {} : { env: kind.env }),
      ...(kind.execArgv === undefined ? {} : { execArgv: [...kind.execArgv] }),
    });
    // No number is more or less than this: tinypool neither replaces the worker when it ends, for we do that, nor sets a
    // timer after each job to end it.
    this.tinypool.options.minThreads = Number.NaN;
    this.watch();
  }

  /** Runs the job when those before it have ended. */
  abstract run(job: Job<unknown>): void;
  /** How many jobs it has, with those that it has not begun. */
  abstract readonly load: number;
  /** Whether it may get jobs in advance. */
  abstract readonly takesMore: boolean;
  abstract has(job: Job<unknown>): boolean;
  abstract all(): Job<unknown>[];
  /** True if it has begun the job. */
  abstract runs(job: Job<unknown>): boolean;
  /** Gives back the jobs that have not begun, in order. */
  abstract takeBack(): Job<unknown>[];
  /** Takes the outcomes that have come. */
  abstract collect(): void;
  /** Tells the worker what it has to know, and runs the initializer there. */
  protected abstract prepare(initializer: SetupMessage["initializer"]): Promise<Outcome>;
  /** The worker has ended, and nobody else says so. */
  protected abstract forgetAll(): void;
  protected abstract readonly replies: ReplyLink & { close(): void };

  /** Makes the worker ready. Throws if that fails. */
  async setup(initializer: Reference | null): Promise<void> {
    try {
      const given = initializer === null ? null : ([initializer.url, initializer.name, initializer.args] as const);
      const outcome = await this.prepare(given);
      if (outcome[0] === FAILED) throw decodeError(outcome[1], this.kind.words);
    } catch (error) {
      throw this.ended === null ? error : this.brokenError("it was made");
    }
  }

  /** Ends the worker at once. Settles when it has ended. */
  destroy(): Promise<void> {
    this.dead = true;
    this.forgetAll();
    this.destroyed ??= this.end();
    return this.destroyed;
  }

  private async end(): Promise<void> {
    this.replies.close();
    if (this.ended !== null) return;
    // What the jobs have printed comes through pipes: the worker sends it before their results, and it is here a turn later.
    await new Promise<void>((resolve) => setImmediate(resolve));
    await this.tinypool.destroy().catch(() => {});
  }

  /** tinypool knows when a worker fails, but not when a thread calls `process.exit`. */
  private watch(): void {
    const [worker] = this.tinypool.threads;
    // tinypool's destroy() waits by `once` of node:events, which needs this if the worker fails just then.
    if (worker !== undefined) Object.assign(worker, { removeListener: () => worker });
    this.tinypool.on("error", () => {}); // A worker that ends without a job has nobody to tell.
    worker?.on("error", (cause: unknown) => {
      this.ended ??= { cause, exitCode: null, signal: null };
      this.dead = true;
      if (this.load === 0) this.owner._slotFree(this);
    });
    worker?.once("exit", (exitCode: number | null, signal: string | null = null) => {
      if (this.destroyed !== null && this.ended === null) return; // as we wanted it
      const first = this.ended === null;
      // A process tells first that it has failed, then how.
      if (first || this.kind.runtime === "child_process") this.ended = { cause: undefined, exitCode, signal };
      if (first) worker.emit("error", new Error(`the worker has ended with exit code ${exitCode}`));
    });
  }

  private brokenError(when: string): BrokenExecutor {
    const { exitCode, signal, cause } = this.ended as Ended;
    const how =
      signal !== null
        ? `was ended by ${signal}`
        : cause !== undefined
          ? `has failed: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`
          : `has ended with exit code ${exitCode}`;
    return new this.kind.broken(`${this.kind.words} ${how} while ${when}`, {
      ...(cause === undefined ? {} : { cause }),
      exitCode,
      signal,
    });
  }

  /** What the worker is sent: where the function is too, as long as it does not know its number. */
  protected messageOf(job: Job<unknown>, turn: number): JobMessage {
    const { _id: id, _args: args, _many: many } = job;
    const { key, url, name } = job._reference;
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
    }
    if (!this.known.has(key)) return [id, turn, number, args, many, url, name];
    return many ? [id, turn, number, args, true] : [id, turn, number, args];
  }

  /** The worker has ended while it ran the job; or it is well, and never got the job. */
  protected failure(job: Job<unknown>, error: unknown): unknown {
    if (this.ended === null) return cannotSend(`an argument of ${job._name}()`, error);
    return this.brokenError(`it ran ${job._name}()`);
  }

  protected settle(job: Job<unknown>, outcome: Outcome): void {
    if (outcome[0] === FAILED) job._fail(decodeError(outcome[1], this.kind.words));
    else this.finish(job, outcome[0] === PACKED ? unpack(outcome[1]) : outcome[1]);
  }

  protected finish(job: Job<unknown>, value: unknown): void {
    this.known.add(job._reference.key);
    job._finish(value);
  }

  /** What a job says while it runs. */
  protected hear(job: Job<unknown> | undefined, message: ToPool): void {
    switch (message[0]) {
      case "report":
        for (const reader of job?._readers ?? []) reader._add(message[2]);
        break;
      case "call":
        this.calls ??= new MainCalls(this.replies);
        if (job !== undefined) void this.calls.call(job, message);
        break;
      case "cancel":
        this.calls?.cancel(message[1]);
        break;
    }
  }
}
