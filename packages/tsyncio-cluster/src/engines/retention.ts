/**
 * Outcomes leave the queue when their time is over. BullMQ's own `removeOnComplete` would do it only as another job
 * ends, and then by the age that this one names for all: the results of others would go with it.
 */

import type { Queue } from "bullmq";
import { later } from "./links.ts";
import type { BullConnection } from "./store.ts";

/**
 * Fields of the queue's metadata: one for each retention that was once the longest, so that no two writers overwrite
 * each other.
 */
const FIELD = "tsyncio.retention.";

/** Seconds within which an outcome must reach its submitter. */
const GRACE = 5;

/** The longest that a job of this queue was submitted with, in seconds; -1 where none was. */
async function longestRetention(queue: Queue): Promise<number> {
  const fields = Object.keys(await queue.getBackend().getQueueMeta()).filter((name) => name.startsWith(FIELD));
  return Math.max(-1, ...fields.map((name) => Number(name.slice(FIELD.length)) || 0));
}

/** Before the first job with a longer retention is added. */
export class Promised {
  private longest = -1;
  private readonly queue: Queue;

  constructor(queue: Queue) {
    this.queue = queue;
  }

  async atLeast(seconds: number): Promise<void> {
    if (seconds <= this.longest) return;
    const longest = await longestRetention(this.queue);
    if (longest < seconds) await this.queue.getBackend().setQueueMeta({ [`${FIELD}${seconds}`]: 1 });
    this.longest = Math.max(seconds, longest);
  }
}

/** How often it looks, in seconds. */
const RARELY = 30;
const OFTEN = 1;
const TOGETHER = 100;

interface Kept {
  readonly id: string;
  /** By `performance.now()`, in seconds. */
  readonly until: number;
}

/** Of a worker: removes what has been kept for long enough. Each worker of a queue may do it. */
export class Sweeper {
  private readonly queue: Queue;
  private readonly trimEvents: BullConnection["trimEvents"];
  private longest = Number.POSITIVE_INFINITY;
  /** What has ended here and is not to be kept for the longest, by its retention; the oldest first. */
  private readonly kept = new Map<number, Kept[]>();
  private stopSweeping = (): void => {};
  private stopRemoving: (() => void) | null = null;
  private closed = false;

  constructor(queue: Queue, trimEvents: BullConnection["trimEvents"]) {
    this.queue = queue;
    this.trimEvents = trimEvents;
    void this.sweepAgain();
  }

  /** A job has ended here. */
  ended(id: string, retention: unknown): void {
    // What is to be kept for the longest is swept; which that is may not be known yet.
    if (typeof retention !== "number" || !(retention >= 0) || retention === this.longest || this.closed) return;
    const others = this.kept.get(retention) ?? [];
    others.push({ id, until: performance.now() / 1000 + retention + GRACE });
    this.kept.set(retention, others);
    this.stopRemoving ??= later(OFTEN, () => void this.removeKept());
  }

  close(): void {
    this.closed = true;
    this.stopSweeping();
    this.stopRemoving?.();
  }

  private async removeKept(): Promise<void> {
    const now = performance.now() / 1000;
    for (const [retention, list] of this.kept) {
      const still = list.findIndex(({ until }) => until > now);
      const over = still < 0 ? list.splice(0) : list.splice(0, still);
      if (list.length === 0) this.kept.delete(retention);
      while (over.length > 0 && !this.closed) {
        // One that cannot be removed now is swept with the others.
        await Promise.allSettled(over.splice(0, TOGETHER).map(({ id }) => this.queue.remove(id)));
      }
    }
    this.stopRemoving = this.kept.size === 0 || this.closed ? null : later(OFTEN, () => void this.removeKept());
  }

  private async sweepAgain(): Promise<void> {
    await this.sweep().catch(() => {}); // the engine does not answer: later
    if (this.closed) return;
    const seconds = this.longest < 0 ? GRACE : Math.min(RARELY, Math.max(OFTEN, this.longest / 4));
    this.stopSweeping = later(seconds, () => void this.sweepAgain());
  }

  private async sweep(): Promise<void> {
    const { queue } = this;
    const longest = await longestRetention(queue);
    this.longest = longest;
    if (longest < 0) return; // its jobs are not ours
    // By the server's clock: those of the machines may differ.
    const now = await this.trimEvents(queue, longest + GRACE);
    const counts = await queue.getJobCounts("completed", "failed");
    for (const state of ["completed", "failed"] as const) {
      if ((counts[state] ?? 0) > 0 && !this.closed) {
        await queue.clean(Date.now() - now + (longest + GRACE) * 1000, 0, state);
      }
    }
  }
}
