/** What the two executors have in common: the queue, the workers, the end. */

import { availableParallelism } from "node:os";
import type { ResourceLimits } from "node:worker_threads";
import { aliveLoop } from "../host/loops.ts";
import { promiseFuture } from "../iteration/awaitable.ts";
import { describe } from "../kernel/describe.ts";
import { ASYNC_DISPOSE } from "../kernel/dispose.ts";
import { RuntimeError, ValueError } from "../kernel/errors.ts";
import type { Executor, Reference } from "../kernel/executor.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { jobReference } from "./blocking.ts";
import { Job, type JobOwner } from "./job.ts";
import { JobQueue } from "./jobQueue.ts";
import { type Iterables, MapResults, takeMapOptions } from "./map.ts";
import { shared } from "./shared.ts";
import type { Slot, SlotOwner, WorkerKind } from "./slot.ts";

export interface PoolOptions {
  /** At most so many workers, which are made when they are needed; as many as there are processors without it. */
  maxWorkers?: number | null;
  /** Runs in each worker before its first job; what `blocking` gave. If it fails, the pool is unusable. */
  initializer?: ((...args: never[]) => unknown) | null;
  initargs?: readonly unknown[];
  /** What cancelling a job that runs does, where its function does not say: see `BlockingOptions`. "leave" without it. */
  cancel?: "leave" | "terminate";
  /** Further environment variables for the workers. */
  env?: Record<string, string>;
  /** Options of Node for the workers, instead of those of this process. */
  execArgv?: readonly string[];
}

/** So many jobs a worker has in advance, at most. */
const AHEAD = 16;
/** A job that takes longer than this, in milliseconds, has none waiting behind it while others do something else. */
const STUCK = 5;

/** What an executor adds to its options. */
export interface PoolTraits {
  readonly name: string;
  readonly kind: Omit<WorkerKind, "words" | "env" | "execArgv" | "resourceLimits">;
  readonly worker: string;
  readonly resourceLimits?: ResourceLimits | undefined;
  /** A worker is replaced after so many jobs; null is never. */
  readonly maxTasksPerChild?: number | null | undefined;
}

/** A pool of workers: `concurrent.futures.Executor`. */
export abstract class PoolExecutor implements Executor, JobOwner, SlotOwner {
  private readonly traits: PoolTraits;
  private readonly kind: WorkerKind;
  private readonly maxWorkers: number;
  private readonly initializer: Reference | null;
  private readonly cancelsHard: boolean;
  private readonly queue = new JobQueue();
  private readonly slots = new Set<Slot>();
  private readonly idle: Slot[] = [];
  private starting = 0;
  /** Workers that are about to end. */
  private readonly ending = new Set<Promise<void>>();
  private jobs = 0;
  private broken: unknown = null;
  private closed = false;
  private whenEmpty: (() => void)[] = [];

  /** @internal A worker of the executor's kind. */
  protected abstract makeSlot(kind: WorkerKind): Slot;

  /** @internal */
  constructor(traits: PoolTraits, options: PoolOptions) {
    const { maxWorkers = null, initializer = null, initargs = [], cancel = "leave", env, execArgv } = options;
    if (maxWorkers !== null && !(Number.isInteger(maxWorkers) && maxWorkers > 0)) {
      throw new ValueError(`maxWorkers must be a whole number greater than 0, got ${describe(maxWorkers)}`);
    }
    if (cancel !== "leave" && cancel !== "terminate") {
      throw new ValueError(`cancel is "leave" or "terminate", got ${describe(cancel)}`);
    }
    this.traits = traits;
    this.maxWorkers = maxWorkers ?? availableParallelism();
    this.cancelsHard = cancel === "terminate";
    const found = initializer === null ? null : jobReference(initializer, `${traits.name}: initializer`);
    this.initializer = found === null ? null : { ...found, args: [...found.args, ...initargs] };
    this.kind = {
      ...traits.kind,
      words: `${traits.worker} of ${traits.name}`,
      // A thread inherits the environment; to a process tinypool gives what it is told.
      env:
        env || traits.kind.runtime === "child_process"
          ? { ...(process.env as Record<string, string>), ...env }
          : undefined,
      execArgv,
      resourceLimits: traits.resourceLimits,
    };
  }

  /**
   * Runs `fn(...args)` in a worker. `fn` is what `blocking` gave, or a `partial` of it. Throws `TypeError` for another
   * function, `RuntimeError` after `shutdown()`, and `BrokenExecutor` after an initializer has failed.
   */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Job<Awaited<R>> {
    return this._submit(jobReference(fn, "an executor"), args, false);
  }

  /**
   * `fn` for each item, or for the items of several iterables side by side, in workers; all are submitted at once, unless
   * `buffersize` says how many. Gives an async iterator of the results in the order of the items, which throws a job's
   * error in its place; leaving `asyncFor` or `for await` early cancels the rest. A last argument that is no iterable is
   * the options: `timeout` in seconds, counted from now, after which `TimeoutError` is thrown; `chunksize`, how many items
   * a job gets.
   */
  map<A extends unknown[], R>(fn: (...args: A) => R, ...iterables: Iterables<A>): MapResults<Awaited<R>> {
    const reference = jobReference(fn, "map");
    const options = takeMapOptions(iterables as unknown[]);
    const submit = (items: readonly unknown[][]) => this._submit<Awaited<R>[]>(reference, items, true);
    return new MapResults(submit, iterables as unknown as Iterable<unknown>[], options);
  }

  /**
   * No more jobs from now on. Those that were submitted still run, unless `cancelFutures` cancels those that have not
   * begun; then the workers end. The promise waits for that, or for nothing if `wait` is false.
   */
  shutdown(options: { wait?: boolean; cancelFutures?: boolean } = {}): Promise<void> {
    this.closed = true;
    if (options.cancelFutures) {
      for (const slot of this.slots) this.takeBack(slot);
      for (const job of this.queue.clear()) job._cancelled(undefined);
    }
    this.endIdle();
    return options.wait === false ? Promise.resolve() : this.empty();
  }

  /**
   * Shuts down at once: the workers are ended in the middle of what they do, and every job that is not done fails with
   * `BrokenExecutor`.
   */
  terminateWorkers(): Promise<void> {
    this.closed = true;
    const error = (what: string) => new this.kind.broken(`${what} was not done when the workers were terminated`);
    const fail = (job: Job<unknown>) => job._fail(error(String(job)));
    for (const slot of [...this.slots]) {
      slot.collect();
      this.queue.putBack(slot.takeBack());
      const running = slot.all();
      running.forEach(fail);
      this.remove(slot);
    }
    this.queue.clear().forEach(fail);
    return this.empty();
  }

  /** The executor itself. */
  *aenter(): Coroutine<this> {
    return this;
  }

  /** `shutdown()`, as leaving Python's `with` does. */
  *aexit(_error: unknown): Coroutine<void> {
    yield* promiseFuture(this.shutdown(), { describeWait: () => `shutdown of ${this}` });
  }

  /** For `await using`. */
  async [ASYNC_DISPOSE](): Promise<void> {
    await this.shutdown();
  }

  toString(): string {
    const state = this.broken !== null ? " broken" : this.closed ? " shutdown" : "";
    return `<${this.traits.name} workers:${this.slots.size} of ${this.maxWorkers}, pending:${this.queue.size}${state}>`;
  }

  /** @internal */
  _submit<T>(reference: Reference, given: readonly unknown[], many: boolean): Job<T> {
    if (this.broken !== null) throw this.broken;
    if (this.closed) throw new RuntimeError("cannot schedule new futures after shutdown");
    const loading = shared.worker?.loading;
    if (loading != null) throw notGuarded(loading);
    const { args: first } = reference;
    const args = many
      ? (given as readonly unknown[][]).map((args) => [...first, ...args])
      : first.length === 0
        ? given
        : [...first, ...given];
    const loop = kernel.runningLoop ?? aliveLoop() ?? kernel.eventLoop;
    const hard = reference.terminate ?? this.cancelsHard;
    const job = new Job<T>(this, ++this.jobs, reference, args, many, loop, hard);
    const slot = this.idle.pop();
    if (slot !== undefined) slot.run(job as Job<unknown>);
    else {
      this.queue.push(job as Job<unknown>);
      this.grow();
    }
    return job;
  }

  /** @internal */
  _forget(job: Job<unknown>): boolean {
    for (const slot of this.slots) {
      if (!slot.has(job)) continue;
      this.takeBack(slot);
      if (slot.has(job)) {
        this.pump();
        return false;
      }
    }
    this.queue.remove(job);
    this.pump();
    return true;
  }

  /** @internal */
  _runs(job: Job<unknown>): boolean {
    for (const slot of this.slots) if (slot.runs(job)) return true;
    return false;
  }

  /** @internal */
  _terminate(job: Job<unknown>): void {
    for (const slot of this.slots) {
      if (!slot.has(job)) continue;
      slot.collect();
      if (job.done()) return;
      this.remove(slot);
      this.pump();
      this.grow();
      return;
    }
  }

  /** @internal The worker has done a job, or has ended. */
  _slotFree(slot: Slot): void {
    if (!this.slots.has(slot)) return;
    if (slot.dead || this.isUsedUp(slot)) {
      this.remove(slot);
      this.pump();
      this.grow();
      return;
    }
    if (slot.load === 0) this.idle.push(slot);
    else if (this.queue.size > 0) this.feed(slot);
    this.pump();
  }

  /** Gives work to the workers that have none. */
  private pump(): void {
    while (this.idle.length > 0) {
      const slot = this.idle.pop() as Slot;
      if (this.queue.size > 0) this.feed(slot);
      else if (!this.steal(slot)) {
        this.idle.push(slot);
        break;
      }
    }
    if (this.closed) this.endIdle();
  }

  /**
   * Gives the worker a job, and some more to go on with while there are many: a small job takes less time than the way
   * here and back.
   */
  private feed(slot: Slot): void {
    this.rescue(slot);
    const full = this.starting === 0 && this.slots.size === this.maxWorkers;
    const ahead = full && slot.takesMore ? Math.min(AHEAD, Math.floor(this.queue.size / this.maxWorkers)) : 0;
    while (slot.load <= ahead) {
      // What moves to the worker cannot be taken back.
      if (slot.load > 0 && (this.queue.peek()?._transfers.length ?? 0) > 0) return;
      const job = this.queue.shift();
      if (job === null) return;
      slot.run(job);
    }
  }

  /** Jobs that wait behind a long one go back into the queue, at their place. */
  private rescue(slot: Slot): void {
    for (const other of this.slots) {
      if (other !== slot && other.load > 1 && performance.now() - other.began > STUCK) this.takeBack(other);
    }
  }

  /** Takes over half of the jobs that another worker has not begun. False if there are none. */
  private steal(slot: Slot): boolean {
    for (const other of this.slots) {
      if (other === slot || other.load <= 1) continue;
      const jobs = other.takeBack();
      const half = Math.ceil(jobs.length / 2);
      jobs.forEach((job, i) => {
        (i < half ? slot : other).run(job);
      });
      if (half > 0) return true;
    }
    return false;
  }

  /** Puts the jobs that a worker has not begun back into the queue. `pump` is to be called after it. */
  private takeBack(slot: Slot): void {
    const jobs = slot.takeBack();
    this.queue.putBack(jobs);
    if (jobs.length > 0 && slot.load === 0 && !slot.dead) this.idle.push(slot);
  }

  private isUsedUp(slot: Slot): boolean {
    const { maxTasksPerChild = null } = this.traits;
    return maxTasksPerChild !== null && slot.jobs >= maxTasksPerChild;
  }

  /** Makes a worker if there is work for it. */
  private grow(): void {
    if (this.slots.size < this.maxWorkers) {
      let work = this.queue.size;
      for (const slot of this.slots) work += Math.max(0, slot.load - 1);
      while (this.starting < work && this.slots.size < this.maxWorkers && this.broken === null) this.start();
    }
    if (this.closed) this.endIdle();
  }

  private start(): void {
    const slot = this.makeSlot(this.kind);
    this.slots.add(slot);
    this.starting++;
    slot.setup(this.initializer).then(
      () => this.started(slot, null),
      (error) => this.started(slot, { error }),
    );
  }

  private started(slot: Slot, failed: { error: unknown } | null): void {
    this.starting--;
    if (failed === null) return this._slotFree(slot);
    const wanted = this.slots.has(slot) || this.queue.size > 0;
    this.remove(slot);
    if (!wanted) return;
    const what = this.initializer === null ? "A worker could not be started" : "An initializer failed";
    const { error } = failed;
    const reason = error instanceof Error ? error.message : String(error);
    const broken = () => new this.kind.broken(`${what}, the pool is not usable anymore: ${reason}`, { cause: error });
    this.broken = broken();
    for (const job of this.queue.clear()) job._fail(broken());
    this.endIdle();
  }

  private remove(slot: Slot): void {
    if (!this.slots.delete(slot)) return;
    const place = this.idle.indexOf(slot);
    if (place >= 0) this.idle.splice(place, 1);
    this.queue.putBack(slot.takeBack());
    const ended = slot.destroy();
    this.ending.add(ended);
    void ended.then(() => {
      this.ending.delete(ended);
      this.checkEmpty();
    });
  }

  /** After the shutdown: workers that nobody needs any more. */
  private endIdle(): void {
    if (this.queue.size === 0) for (const slot of [...this.idle]) this.remove(slot);
    this.checkEmpty();
  }

  private empty(): Promise<void> {
    return new Promise((resolve) => {
      this.whenEmpty.push(resolve);
      this.checkEmpty();
    });
  }

  private checkEmpty(): void {
    if (!this.closed || this.slots.size > 0 || this.ending.size > 0 || this.queue.size > 0) return;
    const waiting = this.whenEmpty;
    this.whenEmpty = [];
    for (const resolve of waiting) resolve();
  }
}

/** As Python's multiprocessing says it. */
function notGuarded(url: string): RuntimeError {
  return new RuntimeError(
    `a job was submitted while a worker loads ${url}. A worker loads the module of the function that it runs, and what ` +
      "that module does at its top level happens there again. Put the program behind a guard: " +
      "`if (isMain(import.meta)) await run(main())`, or the functions into a module of their own.",
  );
}
