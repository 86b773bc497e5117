/** asyncio's Task: drives a coroutine, one step each time the loop runs it. */

import { cancelWaited } from "./cancellation.ts";
import { type Context, contextOf, type Scope, snapshot } from "./context.ts";
import { noteCancellation, reportSwallowed } from "./debugMode.ts";
import { describe } from "./describe.ts";
import { CancelledError, isExit, RuntimeError, reused } from "./errors.ts";
import { appendOuterStack, type Frame } from "./frame.ts";
import { cancelledError, currentLoop, Future } from "./future.ts";
import type { Runnable } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import { ALREADY_AWAITED, type Coroutine, claim, GENERATOR_NEXT, iscoroutine } from "./protocol.ts";
import { isFrame, parseLine, type StackFrame, taskStackLines } from "./stack.ts";
import { kernel, SUSPEND } from "./state.ts";
import { checkOptions, explainDepth, notACoroutine, type TaskOptions } from "./taskOptions.ts";

// The states of a task that is not done, as in CPython:
//   waiting  _waitsFor is a pending future, and the task is among its waiters;
//   ready    the task is in the loop's ready queue; _waitsFor is null, or done;
//   running  the task is in _run().

/** No error: the coroutine is resumed by `next`. */
const NONE = Symbol("none");

/**
 * A coroutine wrapped in a future: `asyncio.Task`. Made by `createTask`. Its coroutine begins to run in the next
 * turn of the loop. The loop keeps a task until it is done.
 */
export class Task<T> extends Future<T> implements Runnable {
  /** @internal */ declare _coro: Coroutine<T> | null;
  /** @internal The innermost of the frames above the coroutine, or null: see frame.ts. */
  declare _frame: Frame | null;
  /** @internal */ declare _scope: Scope;
  /** @internal A number stands for `Task-<number>`. */
  declare _name: string | number;
  /** @internal */ declare _cancels: number;
  /** @internal A cancellation is to be thrown at the next step; its message is in `_value`. */
  declare _mustCancel: boolean;
  /** @internal The coroutine has begun. */ declare _started: boolean;
  /** @internal The coroutine is a generator, not one written by hand. */ declare _generator: boolean;
  /** @internal */ declare _waitsFor: Future<unknown> | null;
  /** @internal Neighbours in the loop's list of tasks. */
  declare _previous: Task<unknown> | null;
  /** @internal */ declare _next: Task<unknown> | null;
  /** @internal What `kernel.ambient` has captured; absent without one. */
  declare _ambient?: unknown;

  /** `loop` is for the kernel; others give it in the options. */
  constructor(
    coro: Coroutine<T>,
    options?: (TaskOptions & { loop?: EventLoop }) | null,
    loop = options?.loop ?? currentLoop(),
  ) {
    super(loop._asOptions);
    const generator = (coro as Partial<Coroutine<T>> | null)?.next === GENERATOR_NEXT;
    if (!generator && typeof (coro as Partial<Coroutine<T>> | null)?.throw !== "function") throw notACoroutine(coro);
    loop._checkClosed();
    if (options !== undefined) checkOptions(options);
    if (!claim(coro)) throw reused("coroutine");
    this._coro = coro;
    this._frame = null;
    this._scope = options?.context ?? snapshot();
    this._name = options?.name ?? ++kernel.taskCount;
    this._cancels = 0;
    this._mustCancel = false;
    this._started = false;
    this._generator = generator;
    this._waitsFor = null;
    this._previous = null;
    this._next = null;
    if (kernel.ambient !== null) this._ambient = kernel.ambient.capture();
    if (kernel.instrument !== null) kernel.instrument.taskCreated?.(this as Task<unknown>);
    if (options?.eagerStart && kernel.runningLoop === loop) this._startEagerly();
    else {
      loop._register(this as Task<unknown>);
      loop._enqueue(this);
    }
  }

  /** How many `cancel()` calls have not been taken back by `uncancel()`. */
  cancelling(): number {
    return this._cancels;
  }

  /** Takes one `cancel()` back, and says how many are left. At 0 a cancellation not yet thrown is withdrawn. */
  uncancel(): number {
    if (this._cancels > 0 && --this._cancels === 0) this._mustCancel = false;
    return this._cancels;
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
      if (future.constructor !== Future) return cancelWaited(this as Task<unknown>, msg);
      if (future.cancel(msg)) return true;
      // It has refused, being done: then the next step throws.
    }
    this._cancelAtNextStep(msg);
    return true;
  }

  /** @internal */
  _noteCancel(msg: unknown): void {
    this._cancels++;
    if (kernel.instrument !== null) kernel.instrument.cancelled?.(this as Task<unknown>, kernel.currentTask);
    if (kernel.onCancel !== null) kernel.onCancel(this as Task<unknown>, msg);
    if (this._loop._debug) noteCancellation(this as Task<unknown>);
  }

  /** @internal */
  _cancelAtNextStep(msg: unknown): void {
    this._mustCancel = true;
    this._value = msg;
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
   * Where the coroutine waits, the outermost frame first: all frames, not only one as in CPython. Empty for a task
   * that has not begun or is done. At most `limit` frames, the innermost ones.
   */
  getStack(options?: { limit?: number | null }): StackFrame[] {
    const frames = taskStackLines(this as Task<unknown>)
      .map(parseLine)
      .filter(isFrame);
    return frames.slice(0, options?.limit ?? undefined).reverse();
  }

  /** Writes the stack by `file`, which is `console.error` unless given. */
  printStack(options?: { limit?: number | null; file?: (text: string) => void }): void {
    const frames = this.getStack(options);
    const lines = frames.map((f) => `  File "${f.file}", line ${f.line}, in ${f.name}`);
    const head = frames.length === 0 ? `No stack for ${this}` : `Stack for ${this} (most recent call last):`;
    const text = [head, ...lines].join("\n");
    if (options?.file === undefined) this._loop._report(text);
    else options.file(text);
  }

  override toString(): string {
    const future = this._waitsFor;
    const waits = future === null ? "" : ` waitsFor=${future instanceof Task ? `<Task ${future.getName()}>` : future}`;
    const cancelling = this._cancels > 0 && !this.done() ? "cancelling " : "";
    return `<${this.constructor.name} ${cancelling}${this._describeState()} name=${JSON.stringify(this.getName())}${waits}>`;
  }

  /** @internal One step. The loop calls it when the task is ready. */
  override _run(): void {
    if (this._state !== 0) return super._run();
    const loop = this._loop;
    let error: unknown = NONE;
    let value: unknown;
    const future = this._waitsFor;
    if (future !== null) {
      this._waitsFor = null;
      if (future._state === 1) value = future;
      else error = future._takeError();
    } else if (this._started) {
      // After a bare yield. Not undefined: that is how a leaf knows that somebody begins it a second time.
      value = SUSPEND;
    }
    if (this._mustCancel) {
      this._mustCancel = false;
      if (!(error instanceof CancelledError)) error = cancelledError(this._value);
      this._value = undefined;
    }
    if (kernel.currentTask !== null) throw cannotEnter(this as Task<unknown>, kernel.currentTask);
    kernel.currentTask = this as Task<unknown>;
    kernel.scope = this._scope;
    kernel.depth = 0;
    if (kernel.instrument !== null || kernel.ambient !== null) this._watchedStep(value, error);
    else this._step(value, error);
    kernel.currentTask = null;
    if (loop._exit !== null) loop._throwExit();
  }

  /** The step with somebody looking on, or inside something of the host's. */
  private _watchedStep(value: unknown, error: unknown): void {
    const { instrument, ambient } = kernel;
    instrument?.stepBegan?.(this as Task<unknown>);
    if (ambient === null || this._ambient === undefined) this._step(value, error);
    else this._ambient = ambient.run(this._ambient, this._step, this, value, error);
    kernel.instrument?.stepEnded?.(this as Task<unknown>);
  }

  /**
   * Resumes the innermost frame, and each outer one as the one inside it ends, until one suspends or all are
   * through. Never throws: an exit is kept for `_run`.
   */
  private _step(value: unknown, error: unknown): void {
    let frame = this._frame;
    this._started = true;
    for (;;) {
      const coro: Coroutine<unknown> = frame === null ? (this._coro as Coroutine<T>) : frame.coro;
      let result: IteratorResult<unknown, unknown>;
      try {
        if (error !== NONE) result = coro.throw(error);
        else if (frame === null ? this._generator : true) result = GENERATOR_NEXT.call(coro, value);
        else result = coro.next(value);
      } catch (thrown) {
        if (kernel.innermost !== null) kernel.innermost = kernel.outermost = null;
        if (frame === null) return this._end(thrown, true);
        error = thrown;
        appendOuterStack(thrown, frame.outer, this as Task<unknown>);
        frame = frame.leave();
        continue;
      }
      if (result.done === true) {
        if (kernel.innermost !== null) kernel.innermost = kernel.outermost = null;
        if (frame === null) return this._end(result.value, false);
        value = result.value;
        error = NONE;
        frame = frame.leave();
        continue;
      }
      if (kernel.innermost !== null) {
        (kernel.outermost as Frame).outer = frame;
        frame = kernel.innermost;
        kernel.innermost = kernel.outermost = null;
        if (frame.unbegun) {
          // A deep recursion: nobody waits, the engine's stack has just been emptied.
          frame.unbegun = false;
          this._frame = frame;
          kernel.depth = 0;
          value = undefined;
          error = NONE;
          continue;
        }
      }
      this._frame = frame;
      return this._suspended(result.value);
    }
  }

  /** A leaf has suspended the task: wait for what it left in `blockedOn`. */
  private _suspended(yielded: unknown): void {
    const future = kernel.blockedOn;
    kernel.blockedOn = null;
    if (yielded !== SUSPEND) return this._badYield(yielded);
    if (future === null) {
      this._loop._enqueue(this);
    } else if (future._loop !== this._loop) {
      this._failNext(new RuntimeError(`${this} got ${future}, which belongs to a different event loop`));
    } else if ((future as unknown) === this) {
      this._failNext(new RuntimeError(`Task cannot await on itself: ${this}`));
    } else {
      this._waitsFor = future;
      future._addWaiter(this);
      if (this._mustCancel && future.cancel(this._value)) {
        this._mustCancel = false;
        this._value = undefined;
      }
    }
    if (kernel.instrument !== null) kernel.instrument.blocked?.(this as Task<unknown>, future);
  }

  /** The next step throws `error` into the coroutine. */
  private _failNext(error: Error): void {
    const failed = new Future<never>(this._loop._asOptions);
    failed._state = 4;
    failed._value = error;
    this._waitsFor = failed;
    this._loop._enqueue(this);
  }

  private _badYield(yielded: unknown): void {
    if (yielded === ALREADY_AWAITED) {
      // Throwing into the coroutine would take it from the task that it belongs to.
      this._end(new RuntimeError(`coroutine of ${this} is already being awaited by another task`), true);
      return;
    }
    const hint = yielded instanceof Future || iscoroutine(yielded) ? " It looks like `yield` instead of `yield*`." : "";
    const what = yielded instanceof Promise ? " Use `yield* fromPromise(promise)`." : hint;
    this._failNext(new RuntimeError(`Task got bad yield: ${describe(yielded)}.${what}`));
  }

  /** The coroutine has returned or thrown `value`. */
  private _end(value: unknown, thrown: boolean): void {
    this._frame = null;
    this._loop._unregister(this as Task<unknown>);
    if (!thrown) {
      if (this._mustCancel) {
        // Cancelled by itself, just before it returned.
        this._mustCancel = false;
        this._cancelNow(this._value);
      } else {
        this._finish(value);
        if (this._cancels > 0 && this._loop._debug) reportSwallowed(this as Task<unknown>);
      }
    } else if (value instanceof CancelledError) {
      this._cancelNow(value);
    } else {
      explainDepth(value);
      this._fail(value);
      if (isExit(value)) this._loop._exit = { error: value };
    }
    if (kernel.instrument !== null) kernel.instrument.taskDone?.(this as Task<unknown>);
  }

  /** Runs to the first suspension inside the caller, then gives the caller its task and context back. */
  private _startEagerly(): void {
    const { currentTask, scope } = kernel;
    const loop = this._loop;
    loop._register(this as Task<unknown>);
    kernel.currentTask = this as Task<unknown>;
    kernel.scope = this._scope;
    this._watchedStep(undefined, NONE);
    kernel.currentTask = currentTask;
    kernel.scope = scope;
    if (this.done()) this._coro = null;
    else {
      // A task registers when its first step has blocked: allTasks() keeps that order.
      loop._unregister(this as Task<unknown>);
      loop._register(this as Task<unknown>);
    }
    if (loop._exit !== null) loop._throwExit();
  }
}

function cannotEnter(task: Task<unknown>, current: Task<unknown>): RuntimeError {
  return new RuntimeError(`Cannot enter into task ${task} while another task ${current} is being executed.`);
}
