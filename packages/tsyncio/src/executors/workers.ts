/** The workers of a pool: made when they are needed, replaced when they end, and ended. */

import type { Reference } from "../base/reference.ts";
import type { Job } from "./job.ts";
import { type Failure, Slot, type SlotOwner } from "./slot.ts";
import type { EndSignal, WorkerKind } from "./workerLink.ts";

/** How many workers in a row may end while they start before the jobs that wait for one fail. */
export const ATTEMPTS = 6;
/** Before the next attempt, in milliseconds; twice as long each time. */
const PAUSE = 20;

export interface WorkersOptions {
  readonly kind: WorkerKind;
  readonly maxWorkers: number;
  readonly initializer: Reference | null;
}

/** The pool. */
export interface WorkersOwner extends SlotOwner {
  /** How many jobs no worker has begun. */
  readonly _waiting: number;
  /** A worker has ended while it started; another attempt follows, or another worker does the jobs. */
  _startFailed(): void;
  /** No worker can be had for the jobs that wait; perhaps one for later ones. */
  _noWorker(error: unknown): void;
  /** No worker can be had at all. */
  _broken(error: unknown): void;
  /** A worker has ended that the pool has removed. */
  _removed(): void;
}

export class Workers {
  private readonly owner: WorkersOwner;
  private readonly options: WorkersOptions;
  private readonly slots = new Set<Slot>();
  /** How many are about to begin. */
  private starting = 0;
  /** How many in a row have ended while they started. */
  private failedStarts = 0;
  /** Those that are about to end. */
  private readonly ending = new Set<Promise<void>>();

  constructor(owner: WorkersOwner, options: WorkersOptions) {
    this.owner = owner;
    this.options = options;
  }

  [Symbol.iterator](): Iterator<Slot> {
    return this.slots.values();
  }

  get size(): number {
    return this.slots.size;
  }

  /** True if all that there may be are there. */
  get areComplete(): boolean {
    return this.starting === 0 && this.slots.size === this.options.maxWorkers;
  }

  /** True if there is none, and none is about to end. */
  get areGone(): boolean {
    return this.slots.size === 0 && this.ending.size === 0;
  }

  includes(slot: Slot): boolean {
    return this.slots.has(slot);
  }

  /** Makes workers if there is work for them. */
  grow(): void {
    if (this.slots.size === this.options.maxWorkers) return;
    const work = this.owner._waiting;
    while (this.starting < work && this.slots.size < this.options.maxWorkers) if (!this.start()) break;
  }

  /** Jobs that the worker had begun fail with `failure`; returns the others. Ends the worker. */
  remove(slot: Slot, failure: Failure = slot.broken): Job<unknown>[] {
    if (!this.slots.delete(slot)) return [];
    const waiting = slot.release(failure);
    const ended = slot.destroy();
    this.ending.add(ended);
    void ended.then(() => {
      this.ending.delete(ended);
      this.owner._removed();
    });
    return waiting;
  }

  signal(how: EndSignal): void {
    for (const slot of this.slots) slot.signal(how);
  }

  private start(): boolean {
    let slot: Slot;
    try {
      slot = new Slot(this.owner, this.options.kind);
    } catch (error) {
      if (isSystemError(error)) this.tryAgain(error);
      else this.owner._broken(error);
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
      return this.owner._slotFree(slot);
    }
    if (!this.slots.has(slot)) return; // It was ended on purpose.
    this.remove(slot);
    if (slot.hasEnded) this.tryAgain(failed.error);
    else this.owner._broken(failed.error);
  }

  /**
   * A worker has ended while it started. Something outside may have killed it, so the pool stays usable; but the jobs
   * do not wait forever.
   */
  private tryAgain(error: unknown): void {
    this.failedStarts++;
    if (this.failedStarts < ATTEMPTS) {
      if (this.owner._waiting > 0) setTimeout(() => this.grow(), PAUSE * 2 ** this.failedStarts);
      return this.owner._startFailed();
    }
    this.failedStarts = 0;
    if (this.slots.size > this.starting) this.owner._startFailed();
    else this.owner._noWorker(error);
  }
}

/** The system has no room for a process now. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "errno" in error;
}
