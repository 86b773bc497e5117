/** AbortSignal and cancellation, both ways. */

import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE, DISPOSE } from "../base/dispose.ts";
import { CancelledError, RuntimeError, TimeoutError } from "../base/errors.ts";
import { leftWithoutError } from "../base/notCompiled.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import { mustCancel } from "../kernel/flags.ts";
import { cancelledError, type Future, isfuture } from "../kernel/future.ts";
import type { ContextMethod, Coroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { checkSignal, onAbort } from "../tasks/abort.ts";
import { CancelScope } from "../tasks/cancelScope.ts";
import { sleep } from "../tasks/sleep.ts";
import type { TaskGroup } from "../tasks/taskGroup.ts";
import type { Timeout } from "../tasks/timeouts.ts";

type AnyTask = Task<unknown>;

/** The signals that tasks have been asked for and that have not aborted. */
const controllers = new WeakMap<AnyTask, AbortController>();
let watching = false;

/**
 * A signal that aborts when the task, the current one by default, is asked to cancel; its reason is a
 * `CancelledError`. For native code that lives as long as the task does; for a single promise `fromPromise` is
 * simpler. A cancellation is an event, not a state: after one the task has a new signal, so that its `finally` blocks
 * can do their work, and a task that `uncancel()`s goes on. Throws `RuntimeError` outside of tasks.
 *
 *     const watcher = watch(folder, { signal: taskSignal() }); // ends when the task is cancelled
 */
export function taskSignal(task: AnyTask | null = kernel.currentTask): AbortSignal {
  if (task === null) throw new RuntimeError("taskSignal() must be called inside a task, or with a task");
  if (!isfuture(task) || typeof task.cancelling !== "function") {
    throw new TypeError(`taskSignal expects a task, got ${describe(task)}`);
  }
  watchCancellations();
  let controller = controllers.get(task);
  if (controller === undefined) {
    controller = new AbortController();
    // Asked to cancel, and not yet told: the next wait will throw.
    if (mustCancel(task) || task.cancelled()) controller.abort(cancelledError(undefined));
    else controllers.set(task, controller);
  }
  return controller.signal;
}

/** From the first signal on. Another copy of the package may watch as well. */
function watchCancellations(): void {
  if (watching) return;
  watching = true;
  const { onCancel } = kernel;
  kernel.onCancel = (task, msg) => {
    onCancel?.(task, msg);
    const controller = controllers.get(task);
    if (controller === undefined) return;
    controllers.delete(task);
    controller.abort(cancelledError(msg));
  };
}

/**
 * A block that a signal ends: `yield* asyncWith(abortable(signal), function* () { … })`. When the signal aborts, the
 * block is cancelled, and leaving it throws the signal's reason: an `AbortError`, or `TimeoutError` for
 * `AbortSignal.timeout()`. If the task was cancelled from elsewhere too, `CancelledError` stays. A signal that has
 * aborted before throws at once. What `timeout()` is for time.
 */
export function abortable(signal: AbortSignal): AbortScope {
  return new AbortScope(checkSignal(signal, "abortable"));
}

/** What `abortable` returns. */
export class AbortScope extends CancelScope {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(AbortScope);
  private readonly signal: AbortSignal;
  private fired = false;
  private forget: (() => void) | null = null;

  /** @internal */
  constructor(signal: AbortSignal) {
    super();
    this.signal = signal;
  }

  /** True if the signal has aborted while the block was running. */
  aborted(): boolean {
    return this.fired;
  }

  protected override get what(): string {
    return "its signal";
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    if (this.task !== null || this.fired) throw new RuntimeError("abortable has already been entered");
    const task = kernel.currentTask;
    if (task === null) throw new RuntimeError("abortable should be used inside a task");
    if (this.signal.aborted) {
      // A cancellation that came before is thrown here.
      if (mustCancel(task)) yield* sleep(0);
      throw reasonOf(this.signal);
    }
    this.begin(task);
    this.forget = onAbort(this.signal, () => {
      this.fired = true;
      this.interrupt();
    });
    return this;
  }

  aexit(error: unknown): ContextMethod<void>;
  *aexit(error: unknown): Coroutine<void> | ContextMethod<void> {
    this.forget?.();
    const ours = this.fired && this.takeBack(error ?? null);
    if (ours && error instanceof CancelledError) throw reasonOf(this.signal);
  }

  /**
   * For the type of `await using`, which is compiled to `aenter` and `aexit`.
   *
   * @throws RuntimeError in a module that is not compiled: JavaScript does not tell the error that has ended the block.
   */
  [ASYNC_DISPOSE](): PromiseLike<void> {
    throw leftWithoutError(this);
  }
}

/** What a signal can cancel. */
export type Cancellable = Future<unknown> | TaskGroup | Timeout;

/**
 * When the signal aborts, cancels a task or future; a group, whose block then ends quietly; or the block of a
 * `timeout()`, which then throws `TimeoutError`. Done futures are let go by themselves; for the others dispose of what
 * this returns: `using _ = cancelOnAbort(signal, group)`.
 */
export function cancelOnAbort(signal: AbortSignal, target: Cancellable): Disposable {
  checkSignal(signal, "cancelOnAbort");
  const canBe = isTimeout(target) || typeof (target as Partial<TaskGroup> | null)?.cancel === "function";
  if (!canBe) throw new TypeError(`cancelOnAbort expects a task, a group or a timeout, got ${describe(target)}`);
  const abort = (): void => {
    if (isTimeout(target)) target.expire();
    else if (isfuture(target)) target.cancel("aborted by a signal");
    else target.cancel();
  };
  if (signal.aborted) {
    abort();
    return { [DISPOSE]() {} };
  }
  const forget = onAbort(signal, abort);
  if (isfuture(target)) target.addDoneCallback(forget);
  return { [DISPOSE]: forget };
}

/** Of another copy of the package too. */
function isTimeout(target: unknown): target is Timeout {
  return typeof (target as Partial<Timeout> | null)?.expire === "function";
}

/** The native `TimeoutError` is ours here, so that one `instanceof` is enough. */
function reasonOf(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  const native = reason instanceof Error && reason.name === "TimeoutError" && !(reason instanceof TimeoutError);
  return native ? new TimeoutError(reason.message, { cause: reason }) : reason;
}
