/** One worker of a pool, and the jobs that it has. */

import { describe } from "../base/describe.ts";
import type { Reference } from "../base/reference.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { cannotSend } from "./copies.ts";
import type { BrokenExecutor } from "./errors.ts";
import type { Job } from "./job.ts";
import { MainCalls } from "./mainCalls.ts";
import { FAILED, type JobMessage, type Outcome, type ToPool } from "./messages.ts";
import { decodeError } from "./remoteError.ts";
import { reportTo } from "./reports.ts";
import { takeTransfers } from "./transfer.ts";
import { after, isBefore, NO_TURN } from "./turns.ts";
import type { Ended, EndSignal, LinkListener, WorkerKind, WorkerLink } from "./workerLink.ts";

/** The pool, for a slot. */
export interface SlotOwner {
  /** A job has ended, or the worker; `slot.dead` tells. */
  _slotFree(slot: Slot): void;
}

/** The error of a job that its worker had begun and will not finish. */
export type Failure = (job: Job<unknown>) => unknown;

interface Sent {
  readonly job: Job<unknown>;
  readonly turn: number;
}

/** The numbers of all functions that were submitted, by their keys: shorter to send than modules and names. */
const numbers = new Map<string, number>();

/**
 * What the pool knows of a worker. It starts, is ready, and is dead when it has ended or is being ended. It does one
 * job at a time, and may have others in advance.
 */
export class Slot implements LinkListener {
  /** How many jobs it has been given. */
  jobs = 0;
  /** True when `setup` has succeeded. */
  ready = false;
  /** True when the worker has ended, or is being ended. */
  dead = false;
  /** When it last began something, in milliseconds. */
  began = 0;
  private readonly owner: SlotOwner;
  private readonly kind: WorkerKind;
  private readonly link: WorkerLink;
  /** In order: the jobs whose outcome has not come. */
  private readonly sent = new Map<number, Sent>();
  /** The turn of the next job. */
  private nextTurn = 0;
  /** The keys of the functions that the worker knows the numbers of. */
  private readonly known = new Set<string>();
  /** The loop of the last job that has ended. */
  private lastLoop: EventLoop | null = null;
  private held = true;
  private signalled = false;
  private ended: Ended | null = null;
  private calls: MainCalls | null = null;
  private destroyed: Promise<void> | null = null;
  /** What `setup` waits for. */
  private finishSetup: ((outcome: Outcome | null) => void) | null = null;

  /** Throws if the worker cannot be begun. */
  constructor(owner: SlotOwner, kind: WorkerKind) {
    this.owner = owner;
    this.kind = kind;
    this.link = kind.begin(kind, this);
  }

  /** Makes the worker ready. Throws if that fails. */
  async setup(initializer: Reference | null): Promise<void> {
    const outcome = await new Promise<Outcome | null>((resolve) => {
      this.finishSetup = resolve;
      const given = initializer === null ? null : ([initializer.url, initializer.name, initializer.args] as const);
      this.link.send(["setup", given], takeTransfers(given?.[2] ?? []));
      if (this.ended !== null) resolve(null);
    });
    if (outcome === null) throw this.brokenError("it started");
    if (outcome[0] === FAILED) throw decodeError(outcome[1], this.kind.words);
    this.ready = true;
    this.holdWhileBusy();
  }

  /** How many jobs it has, with those that it has not begun. */
  get load(): number {
    return this.sent.size;
  }

  /** How many jobs it may have in advance. */
  get ahead(): number {
    return this.link.ahead;
  }

  has(job: Job<unknown>): boolean {
    return this.sent.has(job._id);
  }

  /** True if it has begun the job. */
  runs(job: Job<unknown>): boolean {
    const sent = this.sent.get(job._id);
    return sent !== undefined && this.hasBegun(sent, this.link.turns.firstWaiting(this.nextTurn));
  }

  /** Runs the job when those before it have ended. */
  run(job: Job<unknown>): void {
    const { _id: id, _transfers: transfers } = job;
    // What has moved to the worker cannot be sent again: such a job cannot be taken back.
    const turn = this.link.moves && transfers.length > 0 ? NO_TURN : this.nextTurn;
    const message = this.messageOf(job, turn);
    if (this.sent.size === 0) this.began = performance.now();
    this.jobs++;
    this.sent.set(id, { job, turn });
    try {
      this.link.send(message, transfers);
    } catch (error) {
      queueMicrotask(() => this.refused(job, error));
      return;
    }
    if (turn !== NO_TURN) this.nextTurn = after(turn);
    this.holdWhileBusy();
  }

  /** Takes back the jobs that have not begun, in order. */
  takeBack(): Job<unknown>[] {
    if (this.sent.size === 0) return [];
    const first = this.link.turns.takeBack(this.nextTurn);
    const jobs: Job<unknown>[] = [];
    for (const sent of this.sent.values()) {
      if (this.hasBegun(sent, first)) continue;
      jobs.push(sent.job);
      this.sent.delete(sent.job._id);
    }
    this.holdWhileBusy();
    return jobs;
  }

  /** Takes the outcomes that have come. */
  collect(): void {
    this.link.collect();
  }

  /** True if the worker has ended by itself, or was ended from outside. */
  get hasEnded(): boolean {
    return this.ended !== null;
  }

  /**
   * The slot is used no more, and has no jobs after this: it takes the outcomes that have come, returns what the
   * worker has not begun, in order, and settles the rest.
   */
  release(failure: Failure): Job<unknown>[] {
    this.dead = true;
    // Before the outcomes are taken: no job begins after this.
    const waiting = this.takeBack();
    this.collect();
    const begun = [...this.sent.values()];
    this.sent.clear();
    if (begun.length === 0 && this.ready && this.ended?.cause !== undefined) {
      reportTo(this.lastLoop, `${this.kind.words} has failed while it had no job`, this.ended.cause);
    }
    for (const { job } of begun) job._fail(failure(job));
    return waiting;
  }

  /** Asks the worker to end, or kills it. What it has begun is settled when it has ended. */
  signal(how: EndSignal): void {
    this.signalled = true;
    this.link.signal(how);
  }

  /** Ends the worker at once. Settles when it has ended. */
  destroy(): Promise<void> {
    this.destroyed ??= this.end();
    return this.destroyed;
  }

  private async end(): Promise<void> {
    // What the jobs have printed comes through pipes: the worker sends it before their results, and it is here a turn
    // later.
    await new Promise<void>((resolve) => setImmediate(resolve));
    await this.link.end();
  }

  /** The error of a job whose worker has ended while it ran it. */
  readonly broken: Failure = (job) => this.brokenError(`it ran ${job._name}()`);

  private brokenError(when: string): BrokenExecutor {
    const { exitCode, signal, cause } = this.ended ?? { exitCode: null, signal: null, cause: undefined };
    const how =
      signal !== null
        ? `was ended by ${signal}`
        : this.ended === null || this.signalled
          ? "was terminated"
          : cause !== undefined
            ? `has failed: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`
            : `has ended with exit code ${exitCode}`;
    return new this.kind.broken(`${this.kind.words} ${how} while ${when}`, {
      ...(cause === undefined ? {} : { cause }),
      exitCode,
      signal,
    });
  }

  // ------------------------------------------------------------------ what the link tells

  /** @internal */
  message(message: ToPool): void {
    switch (message[0]) {
      case "value":
      case "failed":
        this.settle(message);
        break;
      case "ready":
        this.finishSetup?.(message[1]);
        break;
      case "report":
        for (const reader of this.jobOf(message[1])?._readers ?? []) reader._add(message[2]);
        break;
      case "call":
        this.calls ??= new MainCalls(this.link);
        void this.calls.call(this.jobOf(message[2]), message);
        break;
      case "cancel":
        this.calls?.cancel(message[1]);
        break;
    }
  }

  /** @internal It is refused, and reported. */
  foreign(how: string, message: unknown): void {
    const [sent] = this.sent.values();
    const text =
      `a job has sent ${message instanceof Uint8Array ? "bytes" : describe(message)} by ${how}, which is the way of ${this.kind.words} to its pool: ` +
      "use report() and job.progress(), or mainLoop()";
    reportTo(sent?.job._loop ?? this.lastLoop, text);
  }

  /** @internal The pool settles or takes over the jobs. Nothing happens if the pool has ended the worker. */
  gone(ended: Ended): void {
    if (this.destroyed !== null || this.ended !== null) return;
    this.ended = ended;
    this.dead = true;
    this.finishSetup?.(null);
    this.owner._slotFree(this);
  }

  private settle(message: ToPool & readonly ["value" | "failed", ...unknown[]]): void {
    const job = this.jobOf(message[1]);
    if (job === null) return;
    this.sent.delete(job._id);
    this.began = performance.now();
    this.lastLoop = job._loop;
    if (message[0] === "failed") job._fail(decodeError(message[2], this.kind.words));
    else {
      this.known.add(job._reference.key);
      job._finish(message[2]);
    }
    this.owner._slotFree(this);
    this.holdWhileBusy();
  }

  /** The worker never got the job. */
  private refused(job: Job<unknown>, error: unknown): void {
    if (!this.sent.delete(job._id)) return;
    job._fail(cannotSend(`an argument of ${job._name}()`, error));
    this.owner._slotFree(this);
    this.holdWhileBusy();
  }

  private jobOf(id: number): Job<unknown> | null {
    return this.sent.get(id)?.job ?? null;
  }

  private hasBegun({ turn }: Sent, firstWaiting: number): boolean {
    return turn === NO_TURN || isBefore(turn, firstWaiting);
  }

  /** A worker that does nothing does not keep this process alive. */
  private holdWhileBusy(): void {
    const busy = !this.ready || this.sent.size > 0;
    if (busy === this.held || this.destroyed !== null) return;
    this.held = busy;
    this.link.hold(busy);
  }

  /** What the worker is sent: where the function is too, as long as it does not know its number. */
  private messageOf(job: Job<unknown>, turn: number): JobMessage {
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
}
