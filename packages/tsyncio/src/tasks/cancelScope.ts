/** What a timeout and an abortable block have in common: they cancel the task that runs their block. */

import { mustCancel } from "../kernel/flags.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";

/** A block that can be cancelled without its task: tells its own cancellation from that of others. */
export abstract class CancelScope {
  /** @internal The task that runs the block; null before it and after it. */
  declare protected task: Task<unknown> | null;
  /** How many cancellations had been thrown before the block began. */
  declare private others: number;

  /** In reports. */
  protected abstract readonly what: string;

  constructor() {
    this.task = null;
    this.others = 0;
  }

  /** @internal The block begins. */
  protected begin(task: Task<unknown>): void {
    this.task = task;
    // One that has not been thrown yet is thrown inside of the block, like those that come later.
    this.others = mustCancel(task) ? task.cancelling() - 1 : task.cancelling();
  }

  /** @internal Cancels the block. */
  protected interrupt(): void {
    const task = this.task as Task<unknown>;
    if (task._loop._debug) kernel.diagnostics?.noteInterrupt(this, task);
    task.cancel();
  }

  /** @internal The block has ended, by `error` or null, and was interrupted. True if only we have cancelled it. */
  protected takeBack(error: unknown): boolean {
    const task = this.task as Task<unknown>;
    if (error === null) kernel.diagnostics?.checkSwallowed(this, this.what, task, this.others);
    return task.uncancel() <= this.others;
  }
}
