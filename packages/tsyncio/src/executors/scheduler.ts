/** Which worker of a pool does which job, and when. */

import type { Reference } from "../base/reference.ts";
import type { Job, JobOwner } from "./job.ts";
import { JobQueue } from "./jobQueue.ts";
import { textOf } from "./remoteError.ts";
import type { Failure, Slot, SlotOwner, WorkerKind } from "./slot.ts";

/** How many jobs a worker has in advance at most. */
const AHEAD = 16;
/** A job that takes longer than this, in milliseconds, has none waiting behind it while others do something else. */
const STUCK = 5;

/** How many workers in a row may end while they start before the jobs that wait for one fail. */
const ATTEMPTS = 6;
/** Before the next attempt, in milliseconds; twice as long each time. */
const PAUSE = 20;

export interface SchedulerOptions {
  /** Of the executor. */
  readonly name: string;
  readonly kind: WorkerKind;
  readonly maxWorkers: number;
  readonly initializer: Reference | null;
  /** After how many jobs a worker is replaced; null is never. */
  readonly maxTasksPerChild: number | null;
  readonly makeSlot: (owner: SlotOwner, kind: WorkerKind) => Slot;
}

/**
 * The queue and the workers. First come, first served; workers are made when there is work for them. With all workers at
 * work, each has some jobs in advance, which it loses again when it turns out to be slow.
 */
export class Scheduler implements JobOwner, SlotOwner {
  /** The error of every further job: an initializer has failed. */
  broken: unknown = null;
  /** No more jobs come: workers end when there is nothing left to do. */
  closed = false;
  private readonly options: SchedulerOptions;
  private readonly queue = new JobQueue();
  private readonly slots = new Set<Slot>();
  private readonly idle: Slot[] = [];
  /** How many workers are about to begin. */
  private starting = 0;
  /** How many workers in a row have ended while they started. */
  private failedStarts = 0;
  /** Workers that are about to end. */
  private readonly ending = new Set<Promise<void>>();
  private whenEmpty: (() => void)[] = [];

  constructor(options: SchedulerOptions) {
    this.options = options;
  }

  add(job: Job<unknown>): void {
    const slot = this.idle.pop();
    if (slot !== undefined) return slot.run(job);
    this.queue.push(job);
    this.grow();
  }

  /** Closes, and settles when all jobs are done and all workers have ended. */
  close(cancelPending: boolean): Promise<void> {
    this.closed = true;
    if (cancelPending) {
      for (const slot of this.slots) this.takeBack(slot);
      for (const job of this.queue.clear()) job._cancelled(undefined);
    }
    this.endIdle();
    return this.empty();
  }

  /** Closes and ends the workers at once. */
  terminateAll(): Promise<void> {
    this.closed = true;
    const { broken: Broken } = this.options.kind;
    const unfinished = (job: Job<unknown>) =>
      new Broken(`${job._name}() was not done when the workers were terminated`);
    for (const slot of [...this.slots]) this.remove(slot, unfinished);
    for (const job of this.queue.clear()) job._fail(unfinished(job));
    return this.empty();
  }

  toString(): string {
    const { name, maxWorkers } = this.options;
    const pending = this.waiting();
    const state = this.broken !== null ? " broken" : this.closed ? " shutdown" : "";
    return `<${name} workers:${this.slots.size} of ${maxWorkers}, pending:${pending}${state}>`;
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
      this.takeBack(slot); // The thread may be about to finish this job: it is not to begin another one.
      slot.collect();
      if (job.done()) return this.pump();
      job._cancelled(undefined);
      return this.replace(slot);
    }
  }

  /** @internal The worker has done a job, or has ended. */
  _slotFree(slot: Slot): void {
    if (!this.slots.has(slot) || !slot.ready) return; // One that starts is waited for by `start`.
    if (slot.dead || this.isUsedUp(slot)) return this.replace(slot);
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
    const full = this.starting === 0 && this.slots.size === this.options.maxWorkers;
    const ahead = full && slot.takesMore ? Math.min(AHEAD, Math.floor(this.queue.size / this.options.maxWorkers)) : 0;
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
    for (const other of this.slots) {
      if (other !== slot && other.load > 1 && now - other.began > STUCK) this.takeBack(other);
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
    const { maxTasksPerChild } = this.options;
    return maxTasksPerChild !== null && slot.jobs >= maxTasksPerChild;
  }

  /** How many jobs no worker has begun. */
  private waiting(): number {
    let count = this.queue.size;
    for (const slot of this.slots) count += Math.max(0, slot.load - 1);
    return count;
  }

  private replace(slot: Slot): void {
    this.remove(slot);
    this.pump();
    this.grow();
  }

  /** Makes a worker if there is work for it. */
  private grow(): void {
    if (this.slots.size < this.options.maxWorkers) {
      const work = this.waiting();
      while (this.starting < work && this.slots.size < this.options.maxWorkers) if (!this.start()) break;
    }
    if (this.closed) this.endIdle();
  }

  private start(): boolean {
    if (this.broken !== null) return false;
    let slot: Slot;
    try {
      slot = this.options.makeSlot(this, this.options.kind);
    } catch (error) {
      if (isSystemError(error)) this.tryAgain(error);
      else this.breakDown(error);
      return false;
    }
    this.slots.add(slot);
    this.starting++;
    slot.setup(this.options.initializer).then(
      () => this.started(slot, null),
      (error) => this.started(slot, { error }),
    );
    return true;
  }

  private started(slot: Slot, failed: { error: unknown } | null): void {
    this.starting--;
    if (failed === null) {
      this.failedStarts = 0;
      return this._slotFree(slot);
    }
    if (!this.slots.has(slot)) return; // It was ended on purpose.
    this.remove(slot);
    if (slot.hasEnded) this.tryAgain(failed.error);
    else this.breakDown(failed.error);
  }

  /**
   * A worker has ended while it started. Something outside may have killed it, so the pool stays usable; but the jobs do not
   * wait for ever.
   */
  private tryAgain(error: unknown): void {
    this.failedStarts++;
    if (this.failedStarts < ATTEMPTS) {
      setTimeout(() => this.grow(), PAUSE * 2 ** this.failedStarts);
      return this.pump();
    }
    this.failedStarts = 0;
    if (this.slots.size > this.starting) return this.pump(); // The other workers do the jobs.
    const { kind } = this.options;
    const what = `${ATTEMPTS} workers in a row have ended while they started`;
    for (const job of this.queue.clear()) {
      job._fail(new kind.broken(`${what}, the last one: ${textOf(error)}`, { cause: error }));
    }
    this.checkEmpty();
  }

  /** No job can be done any more. */
  private breakDown(error: unknown): void {
    const { kind, initializer } = this.options;
    const what = initializer === null ? "A worker could not be started" : "An initializer failed";
    const broken = () => new kind.broken(`${what}, the pool is not usable anymore: ${textOf(error)}`, { cause: error });
    this.broken = broken();
    for (const job of this.queue.clear()) job._fail(broken());
    this.endIdle();
  }

  /** Jobs that the worker had begun fail with `failure`, the others go back into the queue. */
  private remove(slot: Slot, failure: Failure = slot.broken): void {
    if (!this.slots.delete(slot)) return;
    const place = this.idle.indexOf(slot);
    if (place >= 0) this.idle.splice(place, 1);
    this.queue.putBack(slot.release(failure));
    const ended = slot.destroy();
    this.ending.add(ended);
    void ended.then(() => {
      this.ending.delete(ended);
      this.checkEmpty();
    });
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
    if (!this.closed || this.slots.size > 0 || this.ending.size > 0 || this.queue.size > 0) return;
    const waiting = this.whenEmpty;
    this.whenEmpty = [];
    for (const resolve of waiting) resolve();
  }
}

/** The system has no room for a process now. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "errno" in error;
}
