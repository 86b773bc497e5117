/** asyncio.TaskGroup. */

import { withoutPrototype } from "../base/checks.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { CancelledError, GeneratorExit, isExit, RuntimeError } from "../base/errors.ts";
import { BaseExceptionGroup } from "../base/exceptionGroup.ts";
import { leftWithoutError } from "../base/notCompiled.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import { currentLoop, type Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { ContextMethod, Coroutine, Native } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import type { TaskOptions } from "../kernel/taskOptions.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { currentTask } from "./allTasks.ts";
import { Children, type Parent } from "./children.ts";
import { closeUnstarted } from "./create.ts";

/** Options of `TaskGroup.createTask`. */
export interface GroupTaskOptions extends TaskOptions {
  /** The task's failure ends neither the group nor its other tasks: it is reported to the loop's exception handler. */
  isolated?: boolean;
}

/**
 * A group that owns its tasks: leaving its block waits for all of them. The first error cancels the others, and all
 * errors are thrown together in an `ExceptionGroup`. `asyncio.TaskGroup`.
 *
 *     yield* asyncWith(new TaskGroup(), function* (group) {
 *       group.createTask(load("a"));
 *       group.createTask(load("b"));
 *     });
 */
export class TaskGroup implements Parent<Task<unknown>>, WaitOwner {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(TaskGroup);
  private entered = false;
  private exiting = false;
  private aborting = false;
  private cancelRequested = false;
  private loop: EventLoop | null = null;
  private parent: Task<unknown> | null = null;
  private parentCancelled = false;
  private readonly children: Children<Task<unknown>> = new Children(this);
  private errors: unknown[] = [];
  private exit: { error: unknown } | null = null;
  private completed: Future<boolean> | null = null;

  /** The children that are not done now, in the order they were made. Not in asyncio. */
  get tasks(): ReadonlySet<Task<unknown>> {
    return new Set(this.children.toArray());
  }

  /**
   * Runs the coroutine as a child. With `isolated: true`, which asyncio does not have, the group waits for it and
   * cancels it like any other, but its failure ends nothing else: for the clients of a server, say.
   *
   * @throws RuntimeError, and closes the coroutine, before the block is entered, after it has ended, and once the group
   * is being cancelled.
   */
  createTask<T>(coro: Coroutine<T> | Native<T>, options?: GroupTaskOptions): Task<T> {
    const refusal = this.refusal();
    if (refusal !== null) {
      closeUnstarted(coro);
      throw new RuntimeError(`${this} ${refusal}`);
    }
    if (options == null || !Object.hasOwn(options, "isolated")) return this.begin(coro, options, false);
    const { isolated, ...others } = withoutPrototype(options);
    return this.begin(coro, others, Boolean(isolated));
  }

  /** Cancels the children and the block; the block ends without an error of its own. New in Python 3.15. */
  cancel(): void {
    this.cancelRequested = true;
    if (this.entered && !(this.exiting && this.children.none)) this.cancelAll();
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    if (this.entered) throw new RuntimeError(`${this} has already been entered`);
    this.loop = currentLoop();
    this.parent = currentTask(this.loop);
    if (this.parent === null)
      throw new RuntimeError(`${this} cannot determine the parent task: enter it inside a task`);
    this.entered = true;
    if (this.cancelRequested) this.cancelAll();
    return this;
  }

  aexit(error: unknown): ContextMethod<boolean>;
  *aexit(error: unknown): Coroutine<boolean> | ContextMethod<boolean> {
    this.exiting = true;
    const parent = this.parent as Task<unknown>;
    const thrown = error !== null && error !== undefined;
    let cancellation = error instanceof CancelledError ? error : null;
    if (isExit(error)) this.exit ??= { error };
    if (!thrown && this.parentCancelled) kernel.diagnostics?.checkSwallowed(this, "its TaskGroup", parent, 0);
    if (thrown && !this.aborting) this.abort();

    // In a loop: the wait can be cancelled more than once, by the group itself and from outside.
    let last: CancelledError | null = null;
    while (!this.children.none) {
      this.completed ??= createWaiter<boolean>(this.loop as EventLoop, this);
      try {
        yield* this.completed;
      } catch (e) {
        if (!(e instanceof CancelledError)) throw e;
        last = e;
        if (!this.aborting) {
          cancellation = e;
          this.abort();
        }
      }
      this.completed = null;
    }

    const { errors, exit } = this;
    this.parent = this.exit = null;
    this.errors = [];
    if (exit !== null) throw exit.error;
    if (this.parentCancelled) {
      // Our own cancel() of the parent is taken back; what is left came from outside.
      if (parent.uncancel() === 0) cancellation = null;
      else cancellation ??= last;
    }
    if (cancellation !== null && errors.length === 0) throw cancellation;
    if (thrown && !(error instanceof CancelledError)) errors.push(error);
    if (errors.length === 0) return true;
    // Cancelled from outside as well: keep the count, and let the next wait throw.
    if (parent.cancelling() > 0) {
      parent.uncancel();
      parent.cancel();
    }
    // An async generator that is closed inside the group: it must see the error that closes it.
    if (errors.length === 1 && error instanceof GeneratorExit) throw error;
    throw BaseExceptionGroup.of("unhandled errors in a TaskGroup", errors);
  }

  /**
   * For the type of `await using`, which is compiled to `aenter` and `aexit`.
   *
   * @throws RuntimeError in a module that is not compiled: JavaScript does not tell the error that has ended the block.
   */
  [ASYNC_DISPOSE](): PromiseLike<void> {
    throw leftWithoutError(this);
  }

  describeWait(): string {
    return `the children of ${this}`;
  }

  holders(): readonly Future<unknown>[] {
    return this.children.toArray();
  }

  toString(): string {
    const { length } = this.children.toArray();
    const info = [
      length > 0 ? ` tasks=${length}` : "",
      this.errors.length > 0 ? ` errors=${this.errors.length}` : "",
      this.aborting ? " cancelling" : this.entered ? " entered" : "",
    ];
    return `<TaskGroup${info.join("")}>`;
  }

  private begin<T>(coro: Coroutine<T> | Native<T>, options: TaskOptions | undefined, isolated: boolean): Task<T> {
    const task = (this.loop as EventLoop).createTask(coro, options);
    // One that has run eagerly to its end is waited for like any other: its failure must not end the group in this
    // call.
    this.children.add(task as Task<unknown>, isolated);
    // While it ran eagerly it may have cancelled the group, to which it did not belong yet.
    if (this.aborting && !task.done()) task.cancel();
    return task;
  }

  private refusal(): string | null {
    if (!this.entered) return "has not been entered: use it with asyncWith";
    if (this.exiting && this.children.none) return "is finished";
    if (this.aborting) return "is shutting down";
    return null;
  }

  private abort(): void {
    this.aborting = true;
    this.children.cancel();
  }

  private cancelAll(): void {
    if (this.aborting) return;
    this.abort();
    if (!this.parentCancelled && this.parent !== null) this.cancelParent(this.parent);
  }

  private cancelParent(parent: Task<unknown>): void {
    this.parentCancelled = true;
    if (!this.exiting && parent._loop._debug) kernel.diagnostics?.noteInterrupt(this, parent);
    parent.cancel();
  }

  /** @internal */
  _watchesFor(): Future<unknown> | null {
    return this.parent;
  }

  /** @internal */
  _childEnded(task: Task<unknown>, isolated: boolean): void {
    if (this.completed !== null && this.children.none && !this.completed.done()) this.completed.setResult(true);
    if (task.cancelled()) return;
    const error = task.exception();
    if (error === null) return;
    if (isolated && !isExit(error)) {
      const message = "An isolated task of a TaskGroup has failed";
      this.loop?.callExceptionHandler({ message, exception: error, task });
      return;
    }
    this.errors.push(error);
    if (isExit(error)) this.exit ??= { error };
    const parent = this.parent as Task<unknown>;
    if (parent.done()) {
      this.loop?.callExceptionHandler({
        message: `Task ${task} has errored out but its parent task ${parent} is already completed`,
        exception: error,
        task,
      });
    } else if (!this.aborting && !this.parentCancelled) {
      // The block is cancelled too; aexit() takes that back, so that it is not mistaken for a stranger's.
      this.abort();
      this.cancelParent(parent);
    }
  }
}
