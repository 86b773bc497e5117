/** The jobs that no worker has yet. */

import type { Job } from "./job.ts";

/** First come, first served by number. One in the middle is removed in one step: its place is cleared up later. */
export class JobQueue {
  private jobs: Job<unknown>[] = [];
  private head = 0;
  /** The jobs at their places that have been removed. */
  private readonly removed = new Set<Job<unknown>>();

  get size(): number {
    return this.jobs.length - this.head - this.removed.size;
  }

  push(job: Job<unknown>): void {
    this.jobs.push(job);
  }

  shift(): Job<unknown> | null {
    // Before one is taken: a removed job is known by its place, and `peek` puts one back to its own.
    if (this.head > 1024 && this.head * 2 > this.jobs.length) this.compact();
    while (this.head < this.jobs.length) {
      const job = this.jobs[this.head] as Job<unknown>;
      this.jobs[this.head++] = undefined as never;
      if (this.removed.size === 0 || !this.removed.delete(job)) return job;
    }
    return null;
  }

  /** The next one, which stays. */
  peek(): Job<unknown> | null {
    const job = this.shift();
    if (job !== null) this.jobs[--this.head] = job;
    return job;
  }

  /** The job is in this queue. */
  remove(job: Job<unknown>): void {
    this.removed.add(job);
    if (this.removed.size * 2 > this.jobs.length - this.head) this.compact();
  }

  /** Puts jobs into the order of their numbers. */
  putBack(jobs: readonly Job<unknown>[]): void {
    if (jobs.length === 0) return;
    this.compact();
    this.jobs = [...jobs, ...this.jobs].sort((a, b) => a._id - b._id);
  }

  /** All of them, in order; the queue is empty then. */
  clear(): Job<unknown>[] {
    this.compact();
    const { jobs } = this;
    this.jobs = [];
    return jobs;
  }

  private compact(): void {
    const { removed } = this;
    this.jobs =
      removed.size === 0 ? this.jobs.slice(this.head) : this.jobs.slice(this.head).filter((j) => !removed.has(j));
    this.head = 0;
    removed.clear();
  }
}
