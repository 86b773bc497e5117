/** concurrent.futures.Future: what `submit` returns. */

import type { Transferable } from "node:worker_threads";
import { asFailure, CancelledError, InvalidStateError } from "../base/errors.ts";
import type { Reference } from "../base/reference.ts";
import { reportToConsole } from "../host/virtual.ts";
import { checkCallback } from "../kernel/callables.ts";
import { type LazyContext, snapshot } from "../kernel/context.ts";
import { chainable } from "../kernel/coroutines.ts";
import { futureOf } from "../kernel/executor.ts";
import { cancelledError, currentLoop, type Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { AWAITABLE, type Awaitable, type Chainable, type Suspend } from "../kernel/protocol.ts";
import { Progress } from "./progress.ts";
import { takeTransfers } from "./transfer.ts";

type State = "pending" | "cancelled" | "finished" | "failed";

/** The executor, for a job. */
export interface JobOwner {
  /** Cancels a job that is not done; with `hard` also in the middle of its run. False if it goes on. */
  _cancel(job: Job<unknown>, hard: boolean): boolean;
  /** True if a worker is at it. */
  _runs(job: Job<unknown>): boolean;
  /** True: its jobs run on the time of the loop, and a simulation may wait for them. */
  readonly _isSimulated?: boolean;
}

/** Reads what a job reports. */
export interface ReportReader {
  _add(value: unknown): void;
  /** The job is done. */
  _end(): void;
}

/**
 * A function that a pool runs: `concurrent.futures.Future`. `yield* job` in a coroutine, or `await job` in native code,
 * waits for its result; a coroutine that is cancelled there cancels the job.
 */
export class Job<T> implements Awaitable<T>, Chainable<T> {
  /** @internal */ static readonly _chainable: true = /* @__PURE__ */ chainable(Job);
  declare catch: Chainable<T>["catch"];
  declare finally: Chainable<T>["finally"];
  /** @internal Where its function is. */
  readonly _reference: Reference;
  /** @internal Empty when it is done. */
  _args: readonly unknown[];
  /** @internal True for a list of arguments: `map`. */
  readonly _many: boolean;
  /** @internal What moves with the arguments. */
  readonly _transfers: Transferable[];
  /** @internal */ readonly _id: number;
  /** @internal The loop that it was submitted from. */
  readonly _loop: EventLoop | null;
  /** @internal The context variables of the code that submitted it. */
  readonly _context: LazyContext;
  /** @internal The iterators over the reports of the job. */
  _readers: ReportReader[] | null = null;
  private readonly owner: JobOwner;
  private readonly endsWorker: boolean;
  private state: State = "pending";
  private value: unknown = undefined;
  private callbacks: ((job: never) => unknown)[] | null = null;
  private promise: Promise<T> | null = null;

  /** @internal */
  constructor(
    owner: JobOwner,
    id: number,
    reference: Reference,
    args: readonly unknown[],
    many: boolean,
    loop: EventLoop | null,
    endsWorker: boolean,
  ) {
    this.owner = owner;
    this._id = id;
    this._reference = reference;
    this._args = args;
    this._many = many;
    this._transfers = takeTransfers(many ? (args as unknown[][]).flat() : args);
    this._loop = loop;
    this._context = snapshot();
    this.endsWorker = endsWorker;
  }

  /**
   * A job that has not begun will not run. One that runs is stopped if its function, or its pool, was made with
   * `{ cancel: "terminate" }`. False if nothing could be done: it runs, or is done.
   */
  cancel(): boolean {
    return this.stop(this.endsWorker);
  }

  /**
   * Cancels the job also if it runs: its worker is ended, in the middle of whatever it does, and another one takes its
   * place. No `finally` of the job runs. False if it is done.
   */
  terminate(): boolean {
    return this.stop(true);
  }

  private stop(endsWorker: boolean): boolean {
    return this.done() ? this.cancelled() : this.owner._cancel(this, endsWorker);
  }

  /** @internal The name of its function. */
  get _name(): string {
    return this._reference.shownAs ?? this._reference.name;
  }

  cancelled(): boolean {
    return this.state === "cancelled";
  }

  /** True while a worker is at it. */
  running(): boolean {
    return !this.done() && this.owner._runs(this);
  }

  done(): boolean {
    return this.state !== "pending";
  }

  /**
   * The result. Throws the job's error, `CancelledError`, or `InvalidStateError` if it is not done: nothing blocks
   * here.
   */
  result(): T {
    if (this.state === "finished") return this.value as T;
    if (this.state === "failed") throw this.value;
    if (this.state === "cancelled") throw cancelledError(this.value);
    throw new InvalidStateError("The job is not done: `yield*` or `await` waits for it.");
  }

  /** The error, or null. Throws `CancelledError` if it was cancelled, and `InvalidStateError` if it is not done. */
  exception(): unknown {
    if (this.state === "failed") return asFailure(this.value);
    this.result();
    return null;
  }

  /**
   * Calls `fn(job)` as soon as the job is done, or at once if it is. An error that it throws is logged, as in
   * `concurrent.futures`.
   */
  addDoneCallback(fn: (job: this) => unknown): void {
    checkCallback(fn, "addDoneCallback");
    if (this.done()) this.tell(fn);
    else if (this.callbacks === null) this.callbacks = [fn];
    else this.callbacks.push(fn);
  }

  /**
   * What the job reports from now on with `report(value)`: for `asyncFor`, `cursor` and `for await`. Ends with the job,
   * however that ends.
   */
  progress<V = unknown>(): Progress<V> {
    const reader = new Progress<V>(`reports of ${this._name}()`);
    if (this.done()) reader._end();
    else this._read(reader as Progress<unknown>);
    return reader;
  }

  /** @internal The job is not done. */
  _read(reader: ReportReader): void {
    if (this._readers === null) this._readers = [reader];
    else this._readers.push(reader);
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this.future()[Symbol.iterator]();
  }

  /** @internal */
  get [AWAITABLE](): true {
    return true;
  }

  /** For native code. Does not cancel the job. */
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.promise ??= new Promise<T>((resolve, reject) => {
      this.addDoneCallback(() => {
        if (this.state === "finished") resolve(this.value as T);
        else reject(this.error());
      });
    });
    return this.promise.then(onfulfilled, onrejected);
  }

  toString(): string {
    const state = this.state === "failed" ? "finished" : this.running() ? "running" : this.state;
    return `<Job ${this._name}() ${state}>`;
  }

  /** A future of the running loop, which cancels the job when it is cancelled. */
  private future(): Future<T> {
    const loop = currentLoop();
    if (!this.done() && this.owner._isSimulated !== true) loop._host.refuse?.(`a job of an executor, ${this._name}(),`);
    return futureOf(loop, this, { describeWait: () => `${this._name}() in ${this.owner}` });
  }

  private error(): unknown {
    return this.state === "cancelled" ? cancelledError(this.value) : this.value;
  }

  /** @internal */
  _finish(value: unknown): void {
    this.end("finished", value);
  }

  /** @internal */
  _fail(error: unknown): void {
    if (error instanceof CancelledError) this._cancelled(error.message || undefined);
    else this.end("failed", error);
  }

  /** @internal */
  _cancelled(message: unknown): void {
    this.end("cancelled", message);
  }

  private end(state: State, value: unknown): void {
    if (this.done()) return;
    this.state = state;
    this.value = value;
    this._args = [];
    const { _readers: readers, callbacks } = this;
    this._readers = this.callbacks = null;
    if (readers !== null) for (const reader of readers) reader._end();
    if (callbacks !== null) for (const callback of callbacks) this.tell(callback);
  }

  /** An error in one callback keeps no other one from being called, nor the pool from going on. */
  private tell(callback: (job: never) => unknown): void {
    try {
      callback(this as never);
    } catch (error) {
      reportToConsole(`exception calling callback for ${this}`, error);
    }
  }
}
