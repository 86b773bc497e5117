/** What a timeout and an abortable block have in common: they cancel the task that runs their block. */

import { checkSwallowed, noteInterrupt } from "../kernel/debugMode.ts";
import { isBeingCancelled, mustCancel } from "../kernel/due.ts";
import type { Task } from "../kernel/task.ts";

/** A block that can be cancelled without its task: tells its own cancellation from that of others. */
export abstract class CancelScope {
  /** @internal The task that runs the block; null before it and after it. */
  declare protected task: Task<unknown> | null;
  /** How many cancellations are not ours. */
  declare private others: number;
  /** One of them was on its way to the task when the block began. */
  declare private early: boolean;

  /** In reports. */
  protected abstract readonly what: string;

  constructor() {
    this.task = null;
    this.others = 0;
    this.early = false;
  }

  /** @internal The block begins. */
  protected begin(task: Task<unknown>): void {
    this.task = task;
    this.others = task.cancelling();
    this.early = mustCancel(task);
  }

  /** @internal Cancels the block. */
  protected interrupt(): void {
    const task = this.task as Task<unknown>;
    // The error that the block will see is that of the early one: it must not be taken for ours.
    if (this.early && isBeingCancelled(task)) this.others--;
    noteInterrupt(this, task);
    task.cancel();
  }

  /** @internal The block has ended, by `error` or null, and was interrupted. True if only we have cancelled it. */
  protected takeBack(error: unknown): boolean {
    const task = this.task as Task<unknown>;
    if (error === null) checkSwallowed(this, this.what, task, this.others);
    return task.uncancel() <= this.others;
  }
}
