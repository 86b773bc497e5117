/** Which worker of a pool does which job, and when. */

import type { BrokenExecutor } from "./errors.ts";
import type { Job, JobOwner } from "./job.ts";
import { JobQueue } from "./jobQueue.ts";
import { textOf } from "./remoteError.ts";
import type { Slot } from "./slot.ts";
import type { EndSignal } from "./workerLink.ts";
import { ATTEMPTS, Workers, type WorkersOptions, type WorkersOwner } from "./workers.ts";

/** A job that takes longer than this, in milliseconds, has none waiting behind it while others do something else. */
const STUCK = 5;

export interface SchedulerOptions extends WorkersOptions {
  /** Of the executor. */
  readonly name: string;
  /** After how many jobs a worker is replaced; null is never. */
  readonly maxTasksPerChild: number | null;
}

/**
 * The queue. First come, first served. With all workers at work, each has some jobs in advance, which it loses again
 * when it turns out to be slow.
 */
export class Scheduler implements JobOwner, WorkersOwner {
  /** Makes the error of every further job: an initializer has failed, or the workers were ended. */
  broken: (() => BrokenExecutor) | null = null;
  /** No more jobs come: workers end when there is nothing left to do. */
  closed = false;
  private readonly options: SchedulerOptions;
  private readonly queue = new JobQueue();
  private readonly workers: Workers;
  private readonly idle: Slot[] = [];
  private whenEmpty: (() => void)[] = [];

  constructor(options: SchedulerOptions) {
    this.options = options;
    this.workers = new Workers(this, options);
  }

  add(job: Job<unknown>): void {
    const slot = this.idle.pop();
    if (slot !== undefined) return slot.run(job);
    this.queue.push(job);
    this.workers.grow();
  }

  /** Closes, and settles when all jobs are done and all workers have ended. */
  close(cancelPending: boolean): Promise<void> {
    this.closed = true;
    if (cancelPending) this.cancelPending();
    this.endIdle();
    return this.empty();
  }

  /** Closes, and tells the workers to end in the middle of what they do. */
  endWorkers(how: EndSignal): Promise<void> {
    const { broken: Broken } = this.options.kind;
    if (this.workers.size > 0)
      this.broken ??= () => new Broken("The workers were ended, the pool is not usable anymore");
    this.closed = true;
    this.cancelPending();
    this.workers.signal(how);
    this.endIdle();
    return this.empty();
  }

  toString(): string {
    const { name, maxWorkers } = this.options;
    const state = this.broken !== null ? " broken" : this.closed ? " shutdown" : "";
    return `<${name} workers:${this.workers.size} of ${maxWorkers}, pending:${this._waiting}${state}>`;
  }

  // ------------------------------------------------------------------ for jobs

  /** @internal */
  _cancel(job: Job<unknown>, hard: boolean): boolean {
    if (!this.forget(job)) {
      if (!hard) return false;
      this.terminate(job);
    }
    job._cancelled(undefined);
    return job.cancelled();
  }

  /** Keeps a job that has not begun from beginning. False if it has. */
  private forget(job: Job<unknown>): boolean {
    for (const slot of this.workers) {
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
    for (const slot of this.workers) if (slot.runs(job)) return true;
    return false;
  }

  /** Ends the worker of a job that runs. */
  private terminate(job: Job<unknown>): void {
    for (const slot of this.workers) {
      if (!slot.has(job)) continue;
      this.takeBack(slot); // The worker may be about to finish this job: it is not to begin another one.
      slot.collect();
      if (job.done()) return this.pump();
      job._cancelled(undefined);
      return this.replace(slot);
    }
  }

  // ------------------------------------------------------------------ for workers

  /** @internal The worker is ready, has done a job, or has ended. */
  _slotFree(slot: Slot): void {
    if (!this.workers.includes(slot) || !slot.ready) return; // One that starts is waited for by `Workers`.
    if (slot.dead || this.isUsedUp(slot)) return this.replace(slot);
    if (slot.load === 0) this.idle.push(slot);
    else if (this.queue.size > 0) this.feed(slot);
    this.pump();
  }

  /** @internal */
  get _waiting(): number {
    let count = this.queue.size;
    for (const slot of this.workers) count += Math.max(0, slot.load - 1);
    return count;
  }

  /** @internal */
  _startFailed(): void {
    this.pump();
  }

  /** @internal */
  _noWorker(error: unknown): void {
    const { kind } = this.options;
    const what = `${ATTEMPTS} workers in a row have ended while they started`;
    for (const job of this.queue.clear()) {
      job._fail(new kind.broken(`${what}, the last one: ${textOf(error)}`, { cause: error }));
    }
    this.checkEmpty();
  }

  /** @internal */
  _broken(error: unknown): void {
    const { kind, initializer } = this.options;
    const what = initializer === null ? "A worker could not be started" : "An initializer failed";
    const text = `${what}, the pool is not usable anymore: ${textOf(error)}`;
    this.broken ??= () => new kind.broken(text, { cause: error });
    this.keep(this.queue.clear());
    this.endIdle();
  }

  /** @internal */
  _removed(): void {
    this.checkEmpty();
  }

  // ------------------------------------------------------------------ which worker does what

  /** Hands work to the workers that have none. */
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
   * Hands the worker a job, and some more to go on with while there are many: a small job takes less time than the way
   * here and back.
   */
  private feed(slot: Slot): void {
    this.rescue(slot);
    const share = Math.floor(this.queue.size / this.options.maxWorkers);
    const ahead = this.workers.areComplete ? Math.min(slot.ahead, share) : 0;
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
    const now = performance.now();
    for (const other of this.workers) {
      if (other !== slot && other.load > 1 && now - other.began > STUCK) this.takeBack(other);
    }
  }

  /** Takes over half of the jobs that another worker has not begun. False if there are none. */
  private steal(slot: Slot): boolean {
    for (const other of this.workers) {
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
    const { maxTasksPerChild } = this.options;
    return maxTasksPerChild !== null && slot.jobs >= maxTasksPerChild;
  }

  private replace(slot: Slot): void {
    this.remove(slot);
    this.pump();
    this.workers.grow();
  }

  private remove(slot: Slot): void {
    const place = this.idle.indexOf(slot);
    if (place >= 0) this.idle.splice(place, 1);
    this.keep(this.workers.remove(slot));
  }

  /** Jobs that no worker has begun wait for another one, if there can be one. */
  private keep(jobs: readonly Job<unknown>[]): void {
    if (this.broken === null) this.queue.putBack(jobs);
    else for (const job of jobs) job._fail(this.broken());
  }

  // ------------------------------------------------------------------ the end

  private cancelPending(): void {
    for (const slot of this.workers) this.takeBack(slot);
    for (const job of this.queue.clear()) job._cancelled(undefined);
  }

  /** After the shutdown: workers that are needed no more. */
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
    if (!this.closed || !this.workers.areGone || this.queue.size > 0) return;
    const waiting = this.whenEmpty;
    this.whenEmpty = [];
    for (const resolve of waiting) resolve();
  }
}
