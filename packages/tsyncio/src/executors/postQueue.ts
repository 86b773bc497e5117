/** The jobs that a worker gets next. */

import type { Task, TaskQueue } from "tinypool";
import type { Job } from "./job.ts";

/**
 * tinypool's queue of one worker. tinypool takes the next task out of it in the same breath in which it gets a result, so
 * the worker has no time to fall asleep. Nothing in it has been sent: it can all be taken back.
 */
export class PostQueue implements TaskQueue {
  /** The job of the task that is about to be pushed; null when it has been. */
  offered: Job<unknown> | null = null;
  last: { workerInfo?: { processPendingMessages?(): void } } | null = null;
  private tasks: Task[] = [];
  private jobs: Job<unknown>[] = [];
  private readonly begin: (job: Job<unknown>) => void;

  constructor(begin: (job: Job<unknown>) => void) {
    this.begin = begin;
  }

  get size(): number {
    return this.tasks.length;
  }

  push(task: Task): void {
    this.tasks.push(task);
    this.jobs.push(this.offered as Job<unknown>);
    this.offered = null;
  }

  shift(): Task | null {
    const job = this.jobs.shift();
    if (job !== undefined) this.begin(job);
    const task = this.tasks.shift() ?? null;
    if (task !== null) this.last = task as never;
    return task;
  }

  remove(task: Task): void {
    this.removeAt(this.tasks.indexOf(task));
  }

  cancel(): void {
    this.takeBack(0);
  }

  takeBack(keep: number): Job<unknown>[] {
    this.tasks.splice(keep);
    return this.jobs.splice(keep);
  }

  forget(job: Job<unknown>): boolean {
    return this.removeAt(this.jobs.indexOf(job));
  }

  private removeAt(place: number): boolean {
    if (place < 0) return false;
    this.tasks.splice(place, 1);
    this.jobs.splice(place, 1);
    return true;
  }
}
