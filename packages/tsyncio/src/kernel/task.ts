/** asyncio's Task: drives a coroutine, one step each time the loop runs it. */

import { answer, CancelledError, InvalidStateError, isExit, RuntimeError } from "../base/errors.ts";
import { cancelWaited, keepMessage } from "./cancellation.ts";
import { type Context, contextOf, type LazyContext, snapshot } from "./context.ts";
import { claim, claimGenerator } from "./coroutines.ts";
import type { StackFrame } from "./diagnostics.ts";
import { ASKED, BEGIN, CANCEL, CANCELS, mustCancel, ONE_CANCEL, SPECIAL } from "./flags.ts";
import { advance, type Frame } from "./frame.ts";
import { cancelledError, currentLoop, describeState, Future } from "./future.ts";
import type { EventLoop } from "./loop.ts";
import { type Coroutine, GENERATOR_NEXT as generatorNext, type Native } from "./protocol.ts";
import type { Runnable } from "./queues/ready.ts";
import { kernel as shared, SUSPEND as suspend, TURN as turn } from "./state.ts";
import { startEagerly, watchedStep, watchNew } from "./surroundings.ts";
import { checkCoroutine, checkTaskOptions, explain, nameOf, type TaskOptions } from "./taskOptions.ts";
import { block, notClaimed } from "./yielded.ts";

// As constants of this module's own: see state.ts.
const kernel = shared;
const SUSPEND = suspend;
const TURN = turn;
const GENERATOR_NEXT = generatorNext;

// A task is in one of five states. `_state` is the future's: PENDING in the first four.
//
//   new      The flag BEGIN is set, and the task is in the loop's ready queue. Nothing of the coroutine has run.
//   running  `kernel.currentTask` is the task, and it is in `_run()`. Only code that it calls can see this state.
//   waiting  `_waitsFor` is a pending future, and the task is among that future's waiters. It is in no queue.
//   ready    The task is in the ready queue. `_waitsFor` is the future that has ended, or null after a bare yield.
//   done     `_state` says how. `_frame` and `_waitsFor` are null, and the loop has forgotten the task.
//
//   new -> running       the loop takes it from the ready queue; at once, if it begins eagerly
//   running -> waiting   the coroutine suspends with a future in `kernel.blockedOn` (block() in yielded.ts)
//   running -> ready     it suspends without one, or with one that it may not wait for: then the error comes next
//   running -> done      the coroutine has returned or thrown (_end)
//   waiting -> ready     the future ends and puts its waiters into the ready queue (Future._schedule)
//   ready -> running     the loop takes it
//   any -> done          Future.prototype.setResult.call(task): the step that is due then reports it
//
// A task that is not done is in exactly one of three places: in the ready queue, among the waiters of `_waitsFor`, or
// running. It is there once: a second entry in the queue would be a second step.
//
// `cancel()` never throws into the coroutine itself. It counts in `_flags`, hands the request on to what the task waits
// for, and if nothing takes it there, sets the flag CANCEL: the next step throws. The code that clears CANCEL has
// delivered the cancellation or withdrawn it; `_value` has the message until then. So `cancelling() > 0` without a
// pending throw means that the coroutine has been told. ASKED stays until a `CancelledError` is thrown in, by whichever
// way: that error has answered the request, and knows it. All others are outcomes of what the task waits for.
//
// The coroutine's stack is `_coro` and, above it, the flat frames from `_frame` outwards by `outer`: the innermost is
// resumed.
//
// The files that may write: `_frame` this file and frame.ts; `_coro` this file and surroundings.ts (an eager task that
// ends); `_flags` this file and yielded.ts (CANCEL, when a cancelled task blocks); `_waitsFor` this file, yielded.ts
// and cancellation.ts; `_previous` and `_next` the loop; `_name` this file; `_context` this file and context.ts, which
// makes an object of it when one is asked for; `_ambient` surroundings.ts.

/**
 * A coroutine wrapped in a future: `asyncio.Task`. Made by `createTask`. Its coroutine begins to run in the next
 * turn of the loop. The loop keeps a task until it is done.
 *
 *     const task = createTask(load(url));
 *     task.cancel();
 *     yield* wait([task]); // until its cleanup has ended
 */
export class Task<T> extends Future<T> implements Runnable {
  /** @internal */ declare _coro: Coroutine<T> | null;
  /** @internal The innermost of the frames above the coroutine, or null: see frame.ts. */
  declare _frame: Frame | null;
  /** @internal */ declare _context: LazyContext;
  /** @internal A number stands for `Task-<number>`. */
  declare _name: string | number;
  /** @internal What the next step has to mind, and how many cancellations there are; 0 is just to be resumed. */
  declare _flags: number;
  /** @internal */ declare _waitsFor: Future<unknown> | null;
  /** @internal Neighbours in the loop's list of tasks. */
  declare _previous: Task<unknown> | null;
  /** @internal */ declare _next: Task<unknown> | null;
  /** @internal What `kernel.ambient` has captured; absent without one. */
  declare _ambient?: unknown;

  /** `loop` is for the kernel; others pass it in the options. */
  constructor(coro: Coroutine<T> | Native<T>, options?: (TaskOptions & { loop?: EventLoop }) | null, loop?: EventLoop);
  constructor(
    coro: Coroutine<T>,
    options?: (TaskOptions & { loop?: EventLoop }) | null,
    loop = options?.loop ?? currentLoop(),
  ) {
    // Short, and what is rare in functions of its own: V8 makes this, `Future` and `createTask` part of their caller,
    // but only so much of them together.
    super(loop._asOptions);
    const generator = (coro as Coroutine<T> | null)?.next === GENERATOR_NEXT;
    if (!generator) checkCoroutine(coro);
    if (loop._closed) loop._checkClosed();
    if (options !== undefined) checkTaskOptions(options, loop);
    if (!(generator ? claimGenerator(coro) : claim(coro))) throw notClaimed(coro);
    this._coro = coro;
    this._frame = null;
    this._context = options?.context ?? snapshot();
    this._name = options == null ? ++kernel.taskCount : nameOf(options);
    this._flags = generator ? BEGIN : BEGIN | SPECIAL;
    this._waitsFor = null;
    this._previous = null;
    this._next = null;
    if (kernel.ambient !== null || kernel.instrument !== null) watchNew(this as Task<unknown>);
    if (options?.eagerStart && kernel.runningLoop === loop) startEagerly(this as Task<unknown>);
    else {
      loop._register(this as Task<unknown>);
      loop._enqueue(this);
    }
  }

  /** How many `cancel()` calls have not been taken back by `uncancel()`. */
  cancelling(): number {
    return this._flags >> CANCELS;
  }

  /** Takes one `cancel()` back, and says how many are left. At 0 a cancellation not yet thrown is withdrawn. */
  uncancel(): number {
    if (this._flags >= ONE_CANCEL) {
      this._flags -= ONE_CANCEL;
      if (this._flags < ONE_CANCEL) this._flags &= ~(ASKED | CANCEL);
    }
    return this.cancelling();
  }

  /**
   * Requests cancellation: `CancelledError` is thrown where the coroutine waits, in a later turn of the loop. It
   * may clean up, or refuse. False if the task is done.
   */
  override cancel(msg?: unknown): boolean {
    if (this.done()) return super.cancel(msg);
    this._noteCancel(msg);
    const future = this._waitsFor;
    if (future !== null) {
      if (future.cancel !== Future.prototype.cancel)
        return cancelWaited(this as Task<unknown>, msg, Task.prototype.cancel);
      if (future.cancel(msg)) return true;
      // It has refused, being done: then the next step throws.
    }
    this._cancelAtNextStep(msg);
    return true;
  }

  /** @internal */
  _noteCancel(msg: unknown): void {
    this._flags = (this._flags + ONE_CANCEL) | ASKED;
    if (kernel.instrument !== null) kernel.instrument.cancelled(this as Task<unknown>, kernel.currentTask, msg);
    if (kernel.onCancel !== null) kernel.onCancel(this as Task<unknown>, msg);
    if (this._loop._debug) kernel.diagnostics?.noteCancellation(this as Task<unknown>, msg);
  }

  /** @internal */
  _cancelAtNextStep(msg: unknown): void {
    this._flags |= CANCEL;
    this._value = msg;
    keepMessage(this as Task<unknown>, msg);
  }

  /** The coroutine; null once an eagerly started one has ended. */
  getCoro(): Coroutine<T> | null {
    return this._coro;
  }

  getContext(): Context {
    return contextOf(this);
  }

  getName(): string {
    return typeof this._name === "number" ? `Task-${this._name}` : this._name;
  }

  setName(name: unknown): void {
    this._name = String(name);
  }

  /** Throws: a task's result is its coroutine's. */
  override setResult(_value: T): never {
    throw new RuntimeError("Task does not support the setResult operation");
  }

  /** Throws: a task's exception is its coroutine's. */
  override setException(_exception: unknown): never {
    throw new RuntimeError("Task does not support the setException operation");
  }

  /**
   * Where the coroutine waits, or runs, the outermost frame first: all frames, not only one as in CPython. Empty for a
   * task that has not begun or is done. At most `limit` frames, the innermost ones.
   */
  getStack(options?: { limit?: number | null }): StackFrame[] {
    return kernel.diagnostics?.stackOf(this as Task<unknown>, options) ?? [];
  }

  /** Writes the stack to `file`, a function that defaults to `console.error`. */
  printStack(options?: { limit?: number | null; file?: (text: string) => void }): void {
    kernel.diagnostics?.printStackOf(this as Task<unknown>, options);
  }

  /** @internal */
  override _copy(): Task<T> {
    const copy = super._copy() as Task<T>;
    copy._coro = copy._frame = copy._waitsFor = copy._previous = copy._next = null;
    copy._context = this._context;
    copy._name = this._name;
    copy._flags = this._flags;
    return copy;
  }

  override toString(): string {
    const { _waitsFor: future } = this;
    const waits = future === null ? "" : ` waitsFor=${future instanceof Task ? `<Task ${future.getName()}>` : future}`;
    const cancelling = this.cancelling() > 0 && !this.done() ? "cancelling " : "";
    const name = JSON.stringify(this.getName());
    return `<${this.constructor.name} ${cancelling}${describeState(this as Task<unknown>)} name=${name}${waits}>`;
  }

  /** @internal One step. The loop calls it when the task is ready. */
  override _run(): void {
    if (this._state !== 0) return runDone(this as Task<unknown>);
    if (kernel.currentTask !== null) refuseToEnter(this as Task<unknown>, kernel.currentTask);
    kernel.currentTask = this as Task<unknown>;
    kernel.context = this._context;
    kernel.nesting = 0;
    if (kernel.instrument !== null || kernel.ambient !== null) watchedStep(this as Task<unknown>);
    else this._step();
    kernel.currentTask = null;
    if (this._loop._exit !== null) this._loop._throwExit();
  }

  /**
   * @internal Resumes the innermost frame. Nearly always it just suspends again: that way is straight, all others lead
   * through `advance`. Never throws: an exit is kept for `_run`.
   */
  _step(): void {
    // After a bare yield. Not undefined: that tells a leaf that it is begun a second time.
    let value: unknown = SUSPEND;
    const flags = this._flags;
    const future = this._waitsFor;
    if (future !== null) {
      this._waitsFor = null;
      // A future without an owner is waited for by its own iterator, which throws for itself: it is nearer. Not when
      // its error may be the answer to a `cancel()`, which only this step can tell.
      if (future._state !== 1 && (future._owner !== null || (flags & (CANCEL | ASKED)) !== 0))
        return this._throwIn(future._takeError());
      value = future;
    }
    if ((flags & (CANCEL | BEGIN)) !== 0) {
      if ((flags & CANCEL) !== 0) return this._throwIn(null);
      value = undefined;
      this._flags = flags & ~BEGIN;
    }
    const frame = this._frame;
    const coro = frame === null ? (this._coro as Coroutine<T>) : frame.coro;
    let result: IteratorResult<unknown, unknown>;
    try {
      if (frame !== null || (flags & SPECIAL) === 0) result = GENERATOR_NEXT.call(coro, value);
      else result = coro.next(value);
    } catch (error) {
      return advance(this as Task<unknown>, frame, null, error);
    }
    // What a leaf yields comes through every `yield*` as it is.
    if (result.value === SUSPEND && kernel.innermost === null) this._suspended();
    else advance(this as Task<unknown>, frame, result, null);
  }

  /** A step that throws `failure`, or the cancellation that was asked for. */
  private _throwIn(failure: unknown): void {
    let error = failure;
    if ((this._flags & CANCEL) !== 0) {
      if (!(error instanceof CancelledError)) error = cancelledError(this._value);
      this._value = undefined;
    }
    this._flags &= ~(BEGIN | CANCEL);
    if ((this._flags & ASKED) !== 0 && error instanceof CancelledError) {
      this._flags &= ~ASKED;
      answer(this, error);
    }
    const frame = this._frame;
    let result: IteratorResult<unknown, unknown> | null = null;
    try {
      result = (frame === null ? (this._coro as Coroutine<T>) : frame.coro).throw(error);
    } catch (thrown) {
      error = thrown;
    }
    advance(this as Task<unknown>, frame, result, error);
  }

  /** @internal A leaf has suspended the task: wait for what it left in `blockedOn`. */
  _suspended(): void {
    const blockedOn = kernel.blockedOn;
    const future = blockedOn === TURN ? null : (blockedOn as Future<unknown> | null);
    kernel.blockedOn = null;
    if (future === null) this._loop._ready.push(this);
    else block(this as Task<unknown>, future);
    if (kernel.instrument !== null) kernel.instrument.blocked(this as Task<unknown>, future);
  }

  /** @internal The coroutine has returned or thrown `value`. */
  _end(value: unknown, thrown: boolean): void {
    this._frame = null;
    this._loop._unregister(this as Task<unknown>);
    if (!thrown) {
      if (mustCancel(this as Task<unknown>)) {
        // Cancelled by itself, just before it returned.
        this._flags &= ~CANCEL;
        this._cancelNow(this._value);
      } else {
        this._finish(value);
        if (this._flags >= ONE_CANCEL) this._loop._swallowed(this as Task<unknown>);
      }
    } else if (value instanceof CancelledError) {
      this._cancelNow(value);
    } else {
      explain(value);
      this._fail(value);
      if (isExit(value)) this._loop._exit = { error: value };
    }
    if (kernel.instrument !== null) kernel.instrument.taskDone(this as Task<unknown>);
  }
}

/**
 * Calls the done callback; or the step that was due finds the task done, as after
 * `Future.prototype.setResult.call(task)`.
 */
function runDone(task: Task<unknown>): void {
  if (task._waiters !== null) return Future.prototype._run.call(task);
  task._loop._unregister(task);
  const exception = new InvalidStateError(`__step(): already done: ${task}`);
  task._loop.callExceptionHandler({ message: `Exception in the next step of ${task}`, exception, task });
}

function refuseToEnter(task: Task<unknown>, current: Task<unknown>): never {
  throw new RuntimeError(`Cannot enter into task ${task} while another task ${current} is being executed.`);
}
