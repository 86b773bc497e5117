/** One worker of a pool: a thread or a process, which does one job at a time. */

import type { ResourceLimits } from "node:worker_threads";
import { Tinypool } from "tinypool";
import type { Reference } from "../kernel/executor.ts";
import type { BrokenExecutor } from "./errors.ts";
import type { Job } from "./job.ts";
import { MainCalls } from "./mainCalls.ts";
import { cannotSend, FAILED, type Outcome, PACKED, POSTED, pack, type ToPool, unpack } from "./messages.ts";
import { type PoolLink, ProcessPoolLink, ThreadPoolLink } from "./poolLinks.ts";
import { decodeError } from "./remoteError.ts";
import { takeTransfers } from "./transfer.ts";
import type { SetupMessage } from "./worker.ts";
import { workerFile } from "./workerFile.ts";

/** tinypool's type is that of another overload of postMessage. */
type TransferList = NonNullable<NonNullable<Parameters<Tinypool["run"]>[1]>["transferList"]>;

/** What the workers of a pool have in common. */
export interface WorkerKind {
  readonly runtime: "worker_threads" | "child_process";
  /** "a worker thread of ThreadPoolExecutor" */
  readonly words: string;
  readonly broken: new (...args: ConstructorParameters<typeof BrokenExecutor>) => BrokenExecutor;
  readonly env: Record<string, string>;
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
  /** How many jobs it has begun. */
  jobs = 0;
  /** True when the worker has ended, or is being ended. */
  dead = false;
  private readonly owner: SlotOwner;
  private readonly kind: WorkerKind;
  private readonly tinypool: Tinypool;
  private readonly link: ThreadPoolLink | ProcessPoolLink;
  private readonly calls: MainCalls;
  private job: Job<unknown> | null = null;
  private posted: { job: number; value: unknown } | null = null;
  private ended: Ended | null = null;
  private destroyed: Promise<void> | null = null;

  constructor(owner: SlotOwner, kind: WorkerKind) {
    this.owner = owner;
    this.kind = kind;
    const threads = kind.runtime === "worker_threads";
    this.link = threads ? new ThreadPoolLink(this.receive) : new ProcessPoolLink(this.receive);
    this.calls = new MainCalls(this.link as PoolLink);
    this.tinypool = new Tinypool({
      filename: workerFile(),
      runtime: kind.runtime,
      minThreads: 1,
      maxThreads: 1,
      serialization: "advanced",
      env: kind.env,
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
      throw this.ended === null ? error : this.brokenError("it was made", error);
    }
  }

  run(job: Job<unknown>): void {
    const message = job._message;
    this.job = job;
    this.jobs++;
    this.posted = null;
    job._begin();
    if (this.link instanceof ThreadPoolLink) {
      this.tinypool.run(message, { name: "job", transferList: job._transfers as unknown as TransferList }).then(this.onOutcome, this.onFailure);
      return;
    }
    let bytes: Uint8Array;
    try {
      bytes = pack(message);
    } catch (error) {
      queueMicrotask(() => this.onFailure(error));
      return;
    }
    this.tinypool.run(bytes, { name: "job" }).then(this.onOutcome, this.onFailure);
  }

  /** The job that it does now. */
  get current(): Job<unknown> | null {
    return this.job;
  }

  /** Ends the worker at once. Settles when it has ended. */
  destroy(): Promise<void> {
    this.dead = true;
    this.job = null;
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
    if (this.job === null) this.owner._slotFree(this);
  }

  private brokenError(when: string, cause: unknown): BrokenExecutor {
    const { exitCode, signal, cause: thrown } = this.ended as Ended;
    const how =
      signal !== null
        ? `was ended by ${signal}`
        : thrown !== undefined
          ? `has failed: ${thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)}`
          : `has ended with exit code ${exitCode}`;
    const error = thrown === undefined ? undefined : (thrown ?? cause);
    return new this.kind.broken(`${this.kind.words} ${how} while ${when}`, {
      ...(error === undefined ? {} : { cause: error }),
      exitCode,
      signal,
    });
  }

  private readonly onOutcome = (outcome: Outcome): void => {
    const { job } = this;
    if (job === null) return;
    // The reports were sent before the result, by another port.
    if (outcome[0] === POSTED || job._readers !== null) this.link.drain();
    this.job = null;
    if (outcome[0] === FAILED) job._fail(decodeError(outcome[1], this.kind.words));
    else if (outcome[0] === POSTED) job._finish(this.posted?.value);
    else job._finish(outcome[0] === PACKED ? unpack(outcome[1]) : outcome[1]);
    this.owner._slotFree(this);
  };

  private readonly onFailure = (error: unknown): void => {
    const { job } = this;
    if (job === null) return;
    this.link.drain();
    this.job = null;
    // The worker is well: it never got the job.
    if (this.ended === null) job._fail(cannotSend(`an argument of ${job._name}()`, error));
    else job._fail(this.brokenError(`it ran ${job._name}()`, error));
    this.owner._slotFree(this);
  };

  private readonly receive = (message: ToPool): void => {
    const { job } = this;
    switch (message[0]) {
      case "report":
        if (job?._id === message[1] && job._readers !== null) for (const r of job._readers) r._add(message[2]);
        break;
      case "result":
        this.posted = { job: message[1], value: message[2] };
        break;
      case "call":
        if (job?._id === message[2]) void this.calls.call(job, message);
        break;
      case "cancel":
        this.calls.cancel(message[1]);
        break;
    }
  };
}
