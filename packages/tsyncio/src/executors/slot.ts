/** One worker of a pool: a thread or a process, which does one job at a time. */

import type { ResourceLimits } from "node:worker_threads";
import { describe } from "../base/describe.ts";
import type { Reference } from "../base/reference.ts";
import type { BrokenExecutor } from "./errors.ts";
import type { Job } from "./job.ts";
import { MainCalls } from "./mainCalls.ts";
import { cannotSend, FAILED, type JobMessage, type Outcome, type ToPool } from "./messages.ts";
import type { ReplyLink } from "./poolLinks.ts";
import { decodeError } from "./remoteError.ts";
import { reportTo } from "./reports.ts";
import type { SetupMessage } from "./workerSide.ts";

/** What the workers of a pool have in common. */
export interface WorkerKind {
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

/** The error of a job that its worker had begun and will not finish. */
export type Failure = (job: Job<unknown>) => unknown;

/** How a worker has ended. */
export interface Ended {
  /** Undefined where only an exit code or a signal is known. */
  readonly cause: unknown;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** The numbers of all functions that were submitted, by their keys: shorter to send than modules and names. */
const numbers = new Map<string, number>();

/** What the pool knows of a worker. */
export abstract class Slot {
  /** How many jobs it has been given. Counted where workers are replaced after some: processes. */
  jobs = 0;
  /** True when `setup` has succeeded. */
  ready = false;
  /** True when the worker has ended, or is being ended. */
  dead = false;
  /** When it last began something, in milliseconds. Noted where jobs may wait behind it: threads. */
  began = 0;
  protected readonly owner: SlotOwner;
  protected readonly kind: WorkerKind;
  /** The keys of the functions that the worker knows the numbers of. */
  protected readonly known = new Set<string>();
  private ended: Ended | null = null;
  private calls: MainCalls | null = null;
  private destroyed: Promise<void> | null = null;

  constructor(owner: SlotOwner, kind: WorkerKind) {
    this.owner = owner;
    this.kind = kind;
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
  /** Ends the worker. Settles when it has ended. */
  protected abstract stop(): Promise<void>;
  /** Forgets what the worker was given, and hears it no more. */
  protected abstract forgetAll(): void;
  protected abstract readonly replies: ReplyLink & { close(): void };

  /** Makes the worker ready. Throws if that fails. */
  async setup(initializer: Reference | null): Promise<void> {
    try {
      const given = initializer === null ? null : ([initializer.url, initializer.name, initializer.args] as const);
      const outcome = await this.prepare(given);
      if (outcome[0] === FAILED) throw decodeError(outcome[1], this.kind.words);
      this.ready = true;
    } catch (error) {
      throw this.ended === null ? error : this.brokenError("it started");
    }
  }

  /** True if the worker has ended by itself, or was ended from outside. */
  get hasEnded(): boolean {
    return this.ended !== null;
  }

  /**
   * The slot is used no more, and has no jobs after this: it takes the outcomes that have come, gives back what the
   * worker has not begun, in order, and settles the rest.
   */
  release(failure: Failure): Job<unknown>[] {
    this.dead = true;
    // Before the outcomes are taken: no job begins after this.
    const waiting = this.takeBack();
    this.collect();
    const begun = this.all();
    this.forgetAll();
    for (const job of begun) job._fail(failure(job));
    return waiting;
  }

  /** Ends the worker at once. Settles when it has ended. */
  destroy(): Promise<void> {
    this.destroyed ??= this.end();
    return this.destroyed;
  }

  private async end(): Promise<void> {
    this.replies.close();
    // What the jobs have printed comes through pipes: the worker sends it before their results, and it is here a turn later.
    await new Promise<void>((resolve) => setImmediate(resolve));
    await this.stop();
  }

  /** The worker has ended: the pool settles or takes over its jobs. Nothing happens if the pool has ended it. */
  protected gone(ended: Ended): void {
    if (this.destroyed !== null || this.ended !== null) return;
    this.ended = ended;
    this.dead = true;
    this.owner._slotFree(this);
  }

  private brokenError(when: string): BrokenExecutor {
    const { exitCode, signal, cause } = this.ended ?? { exitCode: null, signal: null, cause: undefined };
    const how =
      this.ended === null
        ? "was terminated"
        : signal !== null
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

  /** The error of a job whose worker has ended while it ran it. */
  readonly broken: Failure = (job) => this.brokenError(`it ran ${job._name}()`);

  /** The worker never got the job. */
  protected refuse(job: Job<unknown>, error: unknown): void {
    job._fail(cannotSend(`an argument of ${job._name}()`, error));
    this.owner._slotFree(this);
  }

  protected settle(job: Job<unknown>, message: ToPool & readonly ["value" | "failed", ...unknown[]]): void {
    if (message[0] === "failed") return job._fail(decodeError(message[2], this.kind.words));
    this.known.add(job._reference.key);
    job._finish(message[2]);
  }

  /** A job has sent what only the pool's own code may send. It is refused, and reported. */
  protected foreign(how: string, message: unknown): void {
    const [job] = this.all();
    const text =
      `a job has sent ${message instanceof Uint8Array ? "bytes" : describe(message)} by ${how}, which is the way of ${this.kind.words} to its pool: ` +
      "use report() and job.progress(), or mainLoop()";
    reportTo(job?._loop ?? null, text);
  }

  /** What a job says while it runs. */
  protected hear(job: Job<unknown> | null, message: ToPool): void {
    switch (message[0]) {
      case "report":
        for (const reader of job?._readers ?? []) reader._add(message[2]);
        break;
      case "call":
        this.calls ??= new MainCalls(this.replies);
        void this.calls.call(job, message);
        break;
      case "cancel":
        this.calls?.cancel(message[1]);
        break;
    }
  }
}
