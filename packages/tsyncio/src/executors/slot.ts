/** One worker of a pool: a thread or a process, which does one job at a time. */

import type { ResourceLimits } from "node:worker_threads";
import { Tinypool } from "tinypool";
import type { Reference } from "../kernel/executor.ts";
import type { BrokenExecutor } from "./errors.ts";
import type { Job } from "./job.ts";
import { MainCalls } from "./mainCalls.ts";
import {
  cannotSend,
  FAILED,
  type JobMessage,
  type JobOutcome,
  type Outcome,
  PACKED,
  POSTED,
  pack,
  type ToPool,
  unpack,
} from "./messages.ts";
import { type PoolLink, ProcessPoolLink, ThreadPoolLink } from "./poolLinks.ts";
import { PostQueue } from "./postQueue.ts";
import { decodeError } from "./remoteError.ts";
import { takeTransfers } from "./transfer.ts";
import type { SetupMessage } from "./worker.ts";
import { workerFile } from "./workerFile.ts";

/** tinypool's type is that of another overload of postMessage. */
type TransferList = NonNullable<NonNullable<Parameters<Tinypool["run"]>[1]>["transferList"]>;

const JOB = { name: "job" };

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
  /** The job has ended, or the worker; `slot.dead` tells. */
  _slotFree(slot: Slot): void;
}

interface Ended {
  readonly cause: unknown;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A tinypool of one worker: which job is in which worker is then known, and one that ends takes nothing with it. */
export class Slot {
  /** How many jobs it has been given. */
  jobs = 0;
  /** True when the worker has ended, or is being ended. */
  dead = false;
  /** When it began its job, in milliseconds. */
  began = 0;
  private readonly owner: SlotOwner;
  private readonly kind: WorkerKind;
  private readonly tinypool: Tinypool;
  private readonly link: ThreadPoolLink | ProcessPoolLink;
  private readonly calls: MainCalls;
  /** Jobs that tinypool has, and has not sent: it sends the next one as soon as a result comes. */
  private readonly ahead: PostQueue;
  /** The jobs that were sent and whose outcome has not been seen: one, or two while a result is on its way to us. */
  private readonly sent = new Map<number, Job<unknown>>();
  /** The numbers of the functions, by their keys; told when a job with the module and the name has been sent. */
  private readonly functions = new Map<string, { readonly number: number; told: boolean }>();
  private readonly posted = new Map<number, unknown>();
  private ended: Ended | null = null;
  private destroyed: Promise<void> | null = null;

  constructor(owner: SlotOwner, kind: WorkerKind) {
    this.owner = owner;
    this.kind = kind;
    const threads = kind.runtime === "worker_threads";
    this.link = threads ? new ThreadPoolLink(this.receive) : new ProcessPoolLink(this.receive);
    this.calls = new MainCalls(this.link as PoolLink);
    this.ahead = new PostQueue((job) => this.begin(job));
    this.tinypool = new Tinypool({
      filename: workerFile(),
      runtime: kind.runtime,
      minThreads: 1,
      maxThreads: 1,
      taskQueue: this.ahead,
      serialization: "advanced",
      ...(kind.env === undefined ? {} : { env: kind.env }),
      ...(kind.execArgv === undefined ? {} : { execArgv: [...kind.execArgv] }),
      ...(kind.resourceLimits === undefined ? {} : { resourceLimits: kind.resourceLimits }),
    });
    // No number is more or less than this: tinypool neither replaces the worker when it ends, for we do that, nor sets a
    // timer after each job to end it.
    this.tinypool.options.minThreads = Number.NaN;
    this.watch();
  }

  /** Makes the worker ready, and runs the initializer there. Throws if that fails. */
  async setup(initializer: Reference | null): Promise<void> {
    const { link } = this;
    const given = initializer === null ? null : ([initializer.url, initializer.name, initializer.args] as const);
    try {
      const outcome: Outcome = await (link instanceof ThreadPoolLink
        ? this.tinypool.run(
            { port: { port: link.remote, signal: link.signal }, initializer: given } satisfies SetupMessage,
            {
              name: "setup",
              transferList: [link.remote, ...takeTransfers(initializer?.args ?? [])] as unknown as TransferList,
            },
          )
        : this.tinypool.run(pack({ port: null, initializer: given } satisfies SetupMessage), {
            name: "setup",
            channel: link.channel,
          }));
      if (outcome[0] === FAILED) throw decodeError(outcome[1], this.kind.words);
    } catch (error) {
      throw this.ended === null ? error : this.brokenError("it was made");
    }
  }

  /** Runs the job when those before it have ended. */
  run(job: Job<unknown>): void {
    this.jobs++;
    let task: unknown = this.messageOf(job);
    let transferList: TransferList | undefined;
    if (this.link instanceof ThreadPoolLink) {
      if (job._transfers.length > 0) transferList = job._transfers as unknown as TransferList;
    } else {
      try {
        task = pack(task);
      } catch (error) {
        this.sent.set(job._id, job);
        queueMicrotask(() => this.onFailure(job, error));
        return;
      }
    }
    this.ahead.offered = job;
    const result = this.tinypool.run(task, transferList === undefined ? JOB : { ...JOB, transferList });
    if (this.ahead.offered !== null) {
      this.ahead.offered = null;
      this.begin(job); // It was sent at once.
    }
    result.then(
      (outcome: JobOutcome) => this.onOutcome(job, outcome),
      (error: unknown) => this.onFailure(job, error),
    );
  }

  poll(): void {
    this.ahead.last?.workerInfo?.processPendingMessages?.();
  }

  /** How many jobs it has, with those that it has not begun. */
  get load(): number {
    return this.sent.size + this.ahead.size;
  }

  /** How many jobs it has not begun. */
  get waiting(): number {
    return this.ahead.size;
  }

  runs(job: Job<unknown>): boolean {
    return this.sent.has(job._id);
  }

  /** The job that it does now. */
  get current(): Job<unknown> | undefined {
    return [...this.sent.values()].at(-1);
  }

  /** Gives back the jobs that have not begun, in order: all, or those after the first `keep`. */
  takeBack(keep = 0): Job<unknown>[] {
    const jobs = this.ahead.takeBack(keep);
    this.jobs -= jobs.length;
    return jobs;
  }

  /** Forgets a job that has not begun. False if it is not here. */
  forget(job: Job<unknown>): boolean {
    return this.ahead.forget(job);
  }

  /** Ends the worker at once. Settles when it has ended. */
  destroy(): Promise<void> {
    this.dead = true;
    this.sent.clear();
    this.destroyed ??= this.end();
    return this.destroyed;
  }

  private async end(): Promise<void> {
    this.link.close();
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
      this.lost();
    });
    worker?.once("exit", (exitCode: number | null, signal: string | null = null) => {
      if (this.destroyed !== null && this.ended === null) return; // as we wanted it
      const first = this.ended === null;
      // A process tells first that it has failed, then how.
      if (first || this.kind.runtime === "child_process") this.ended = { cause: undefined, exitCode, signal };
      if (first) worker.emit("error", new Error(`the worker has ended with exit code ${exitCode}`));
    });
  }

  private lost(): void {
    this.dead = true;
    if (this.sent.size === 0) this.owner._slotFree(this);
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

  private messageOf(job: Job<unknown>): JobMessage {
    const { _id: id, _args: args, _many: many, _reference: reference } = job;
    let known = this.functions.get(reference.key);
    if (known === undefined) {
      known = { number: this.functions.size, told: false };
      this.functions.set(reference.key, known);
    }
    if (known.told) return many ? [id, known.number, args, many] : [id, known.number, args];
    return [id, known.number, args, many, reference.url, reference.name];
  }

  private begin(job: Job<unknown>): void {
    this.sent.set(job._id, job);
    this.began = performance.now();
    const known = this.functions.get(job._reference.key);
    if (known !== undefined) known.told = true;
    job._begin();
  }

  private onOutcome(job: Job<unknown>, outcome: JobOutcome): void {
    if (!this.sent.has(job._id)) return;
    const simple = typeof outcome !== "object" || outcome === null;
    // The reports were sent before the result, by another port.
    if (job._readers !== null || (!simple && outcome[0] === POSTED)) this.link.drain();
    this.sent.delete(job._id);
    if (simple) job._finish(outcome);
    else this.settle(job, outcome);
    this.owner._slotFree(this);
  }

  private settle(job: Job<unknown>, outcome: Outcome): void {
    switch (outcome[0]) {
      case FAILED:
        job._fail(decodeError(outcome[1], this.kind.words));
        break;
      case POSTED:
        job._finish(this.posted.get(job._id));
        this.posted.delete(job._id);
        break;
      case PACKED:
        job._finish(unpack(outcome[1]));
        break;
      default:
        job._finish(outcome[1]);
    }
  }

  private onFailure(job: Job<unknown>, error: unknown): void {
    if (!this.sent.has(job._id)) return;
    this.link.drain();
    this.sent.delete(job._id);
    // The worker is well: it never got the job.
    if (this.ended === null) job._fail(cannotSend(`an argument of ${job._name}()`, error));
    else job._fail(this.brokenError(`it ran ${job._name}()`));
    this.owner._slotFree(this);
  }

  private readonly receive = (message: ToPool): void => {
    switch (message[0]) {
      case "report":
        for (const reader of this.sent.get(message[1])?._readers ?? []) reader._add(message[2]);
        break;
      case "result":
        this.posted.set(message[1], message[2]);
        break;
      case "call": {
        const job = this.sent.get(message[2]);
        if (job !== undefined) void this.calls.call(job, message);
        break;
      }
      case "cancel":
        this.calls.cancel(message[1]);
        break;
    }
  };
}
