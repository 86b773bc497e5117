/** asyncio's event loop: the ready queue, the timers, and one iteration after the other. */

import { DEV } from "#dev";
import { checkType } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { CancelledError, isExit, RuntimeError, ValueError } from "../base/errors.ts";
import type { Linked, LinkedList } from "../base/linkedList.ts";
import { BaseEventLoop } from "./baseEventLoop.ts";
import { checkCallback, checkPlainOrNull } from "./callables.ts";
import { isContext, type LazyContext, snapshot } from "./context.ts";
import { claim, thenableMethods } from "./coroutines.ts";
import { type ExceptionContext, type ExceptionHandler, ExceptionReports } from "./exceptionHandler.ts";
import { type Executor, makeDefaultExecutor, shutdownExecutor, submit } from "./executor.ts";
import { type DoneCallback, Future, isfuture } from "./future.ts";
import { type Callback, Handle, TimerHandle } from "./handle.ts";
import type { Host } from "./host.ts";
import {
  ADOPT,
  type Awaitable,
  type Coroutine,
  type CoroutineObject,
  GENERATOR_NEXT,
  type JobResult,
  type Native,
} from "./protocol.ts";
import type { Timers } from "./queues/timers.ts";
import { kernel } from "./state.ts";
import { Task } from "./task.ts";
import { asCoroutine, type TaskOptions } from "./taskOptions.ts";
import { Unretrieved } from "./unretrieved.ts";

/** Something of the system's that belongs to a loop: a transport, a server. */
export interface Leftover {
  /** @internal The loop is closed: there is no task left to tell, only the resource must go. */
  _loopClosed(): void;
}

/** What has begun as a task already. */
export interface Begun<T> {
  /** The task; where it runs on another loop than `loop`, one of that loop that follows it. */
  [ADOPT]?(loop: EventLoop | null, options?: TaskOptions): Task<T>;
}

/** A promise that native code has for a future of the loop. */
export interface NativeCall extends Linked<NativeCall> {
  /** The task that native code has begun; null where it waits for a future that was there. */
  readonly _begun: Task<unknown> | null;
  /**
   * Where the coroutine function was handed to native code, which has called it. Native code may not wait for the task.
   */
  readonly _place?: string;
  /** Nothing will ever end the future: the promise is rejected, and the task is cancelled. */
  _abandon(error: unknown): void;
}

const PENDING_AT_CLOSE = "Task was destroyed but it is pending!";

/** What `loop.setTaskFactory` takes: makes the tasks of the loop. */
export type TaskFactory = <T>(loop: EventLoop, coro: Coroutine<T>, options: TaskOptions) => Task<T>;

/** The message of the cancellation of what native code has begun on the loop of a `run`. */
export const RUN_ENDED = "run() has ended";

/** `loop.createTask(coro)` and all that a task, a timer or a callback needs: `asyncio.EventLoop`. */
export class EventLoop extends BaseEventLoop {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(EventLoop);
  /** @internal */ readonly _asOptions: { readonly loop: EventLoop };
  /** @internal The async generators that were begun and are not closed. */
  readonly _asyncgens = new Set<{ readonly shown: object; aclose(): Awaitable<unknown> }>();
  /** @internal Set by the first of them: a bundle without async generators does not contain it. */
  _closeAsyncgens: ((loop: EventLoop) => Coroutine<void>) | null = null;
  /** @internal */ _asyncgensShutdown = false;
  /** @internal Reports of the coroutines that were made and have not begun. Null unless debug mode tracks them. */
  _unbegun: Set<() => void> | null = null;
  /** @internal What is still open and ends with the loop: sockets, pipes, processes. Null until there is something. */
  _leftovers: Set<Leftover> | null = null;
  /** @internal What native code waits for, or has begun. Null until there is something. */
  _calls: LinkedList<NativeCall> | null = null;
  /**
   * @internal Called when the end of its `run` begins, over what native code has begun. Null until there is something.
   */
  _beforeEnding: (() => void) | null = null;
  /** @internal The end of its `run` has begun: native code begins nothing more here. */
  _ending = false;
  /** @internal The signals that the program handles itself: `addSignalHandler`. */
  declare _handledSignals?: Set<string>;
  /** @internal */ readonly _unretrieved: Unretrieved = new Unretrieved(this);
  private readonly _reports = new ExceptionReports(this);
  private _defaultExecutor: Executor | null = null;
  private _executorShutdown = false;
  private _taskFactory: TaskFactory | null = null;

  constructor(options: { host: Host; debug?: boolean; timers?: Timers }) {
    super(options);
    this._asOptions = { loop: this };
  }

  // ------------------------------------------------------------------ running

  /** Runs until the future or coroutine is done, and returns its result: `loop.run_until_complete`. */
  async runUntilComplete<T>(awaitable: Awaitable<T> | Native<T>): Promise<T> {
    this._checkClosed();
    this._checkRunning();
    const future = this.ensureFuture(awaitable);
    const stop: DoneCallback<Future<T>> = () => {
      // An exit has left the loop by itself; what runs next must not be stopped.
      if (future.cancelled() || !isExit(future.exception())) this.stop();
    };
    future.addDoneCallback(stop);
    try {
      await this.runForever();
    } catch (error) {
      // The caller has no access to a task made here: its exception is not reported again.
      if (future !== awaitable && future.done() && !future.cancelled()) future.exception();
      throw error;
    } finally {
      future.removeDoneCallback(stop);
    }
    if (!future.done()) throw new RuntimeError("Event loop stopped before Future completed.");
    return future.result();
  }

  /**
   * Clears the queues. Tasks that are pending, and exceptions that were never retrieved, are reported. Sockets and
   * processes that are still open are closed. The loop must not run.
   */
  close(): void {
    if (this._running !== null) throw new RuntimeError("Cannot close a running event loop");
    if (this._closed) return;
    this._closed = true;
    this._ready.clear();
    this._timers.clear();
    const executor = this._defaultExecutor;
    const leftovers = this._leftovers ?? [];
    this._defaultExecutor = null;
    this._leftovers = null;
    const pending = this._pendingTasks();
    this._tasks.clear();
    this._all([
      () => void executor?.shutdown({ wait: false })?.then(undefined, (error) => this._notClosed(error)),
      () => this._unretrieved.reportAll(),
      ...(this._unbegun ?? []),
      ...pending.map((task) => () => this.callExceptionHandler({ message: PENDING_AT_CLOSE, task })),
      // Python's interpreter ends while sockets are open; a process of JavaScript's would be held by them forever.
      ...[...leftovers].map((leftover) => () => leftover._loopClosed()),
      ...(this._calls?.toArray() ?? []).map((call) => () => call._abandon(new CancelledError(RUN_ENDED))),
    ]);
  }

  /** Each step, whatever the others throw: that is reported. An exit leaves when all are through. */
  private _all(steps: readonly (() => void)[]): void {
    let exit: { error: unknown } | null = null;
    for (const step of steps) {
      try {
        step();
      } catch (error) {
        if (isExit(error)) exit ??= { error };
        else this._notClosed(error);
      }
    }
    if (exit !== null) throw exit.error;
  }

  private _notClosed(exception: unknown): void {
    this.callExceptionHandler({ message: "Exception in closing what was open when the loop closed", exception });
  }

  // ------------------------------------------------------------------ callbacks

  /** `callback(...args)` in the next iteration. A last argument `{ context }` is the keyword `context`. */
  callSoon(callback: Callback, ...args: unknown[]): Handle {
    this._checkClosed();
    checkCallback(callback, "callSoon");
    const context = takeContext(args);
    const handle = new Handle(callback, args, this, context);
    if (this._debug) kernel.diagnostics?.noteSource(handle);
    this._enqueue(handle);
    return handle;
  }

  /** `callSoon` from outside the loop. All of JavaScript's callers are in one thread: it is the same. */
  callSoonThreadsafe(callback: Callback, ...args: unknown[]): Handle {
    return this.callSoon(callback, ...args);
  }

  /** `callback(...args)` after `delay` seconds. */
  callLater(delay: number, callback: Callback, ...args: unknown[]): TimerHandle {
    checkCallback(callback, "callLater");
    checkType(delay, "number", "callLater expects a delay in seconds");
    return this.callAt(this.time() + delay, callback, ...args);
  }

  /**
   * `callback(...args)` when the loop's clock shows `when` seconds. Equal deadlines are called first come, first
   * served.
   */
  callAt(when: number, callback: Callback, ...args: unknown[]): TimerHandle {
    this._checkClosed();
    checkCallback(callback, "callAt");
    checkType(when, "number", "callAt expects a time in seconds");
    if (Number.isNaN(when)) throw new ValueError("the time of a timer is NaN");
    const context = takeContext(args);
    const handle = new TimerHandle(when, callback, args, this, context);
    if (this._debug) kernel.diagnostics?.noteSource(handle);
    return this._addTimer(handle, when);
  }

  // ------------------------------------------------------------------ futures and tasks

  createFuture<T = unknown>(): Future<T> {
    return new Future<T>(this._asOptions);
  }

  /** Wraps the coroutine in a task that begins in the next iteration. */
  createTask<T>(coro: Coroutine<T> | Native<T>, options?: TaskOptions): Task<T> {
    if ((coro as Coroutine<T> | null)?.next !== GENERATOR_NEXT) {
      const begun = coro as Begun<T> | null | undefined;
      if (begun?.[ADOPT] !== undefined) return begun[ADOPT](this, options);
    }
    if (this._taskFactory === null) return new Task(coro, options, this);
    this._checkClosed();
    return this._taskFactory(this, coro as Coroutine<T>, options ?? {});
  }

  /** `factory(loop, coro, options)` makes the tasks of `createTask` from now on; null is the default. */
  setTaskFactory(factory: TaskFactory | null): void {
    checkPlainOrNull(factory, "a task factory must be a function or null");
    this._taskFactory = factory;
  }

  getTaskFactory(): TaskFactory | null {
    return this._taskFactory;
  }

  /** A future as it is, a coroutine as a task, another awaitable wrapped in a task. */
  ensureFuture<T>(awaitable: Awaitable<T> | Native<T>): Future<T> {
    if (isfuture(awaitable)) {
      if (awaitable._loop !== this) {
        throw new ValueError("The future belongs to a different loop than the one specified as the loop argument");
      }
      return awaitable as Future<T>;
    }
    const coro = asCoroutine(awaitable);
    try {
      return this.createTask(coro);
    } catch (error) {
      if (error instanceof RuntimeError && claim(coro)) coro.return(undefined as T);
      throw error;
    }
  }

  // ------------------------------------------------------------------ executors and async generators

  /**
   * `fn(...args)` on another thread; null is the default executor, the thread pool of tsyncio/executors unless another
   * one was set. `fn` is what `blocking` returned. Cancelling the future keeps a job that has not begun from running;
   * one that runs is stopped only where that was asked for. asyncio's `run_in_executor`.
   */
  runInExecutor<A extends unknown[], R>(
    executor: Executor | null,
    fn: (...args: A) => R,
    ...args: A
  ): Future<JobResult<R>> {
    this._checkClosed();
    checkCallback(fn, "runInExecutor", "another thread runs no coroutines");
    if (this._executorShutdown && executor === null) throw new RuntimeError("Executor shutdown has been called");
    if (executor === null) this._defaultExecutor ??= makeDefaultExecutor();
    return submit(this, executor ?? (this._defaultExecutor as Executor), fn, args);
  }

  /** The executor of `runInExecutor(null, …)` and `toThread`. */
  setDefaultExecutor(executor: Executor): void {
    if (DEV && typeof executor?.submit !== "function") {
      throw new TypeError(`an executor has a method submit(fn, ...args); got ${describe(executor)}`);
    }
    this._defaultExecutor = executor;
  }

  /** Closes all async generators that were begun and are not closed. */
  shutdownAsyncgens(): CoroutineObject<void>;
  *shutdownAsyncgens(): Coroutine<void> {
    this._asyncgensShutdown = true;
    if (this._closeAsyncgens !== null) yield* this._closeAsyncgens(this);
  }

  /** Waits at most `timeout` seconds for the default executor to end its threads. */
  shutdownDefaultExecutor(timeout?: number | null): CoroutineObject<void>;
  *shutdownDefaultExecutor(timeout: number | null = null): Coroutine<void> {
    this._executorShutdown = true;
    if (this._defaultExecutor !== null) yield* shutdownExecutor(this, this._defaultExecutor, timeout);
  }

  // ------------------------------------------------------------------ exceptions that no caller can catch

  getExceptionHandler(): ExceptionHandler | null {
    return this._reports.handler;
  }

  /** `handler(loop, context)` is called for each exception that no caller can catch; null is the default handler. */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    checkPlainOrNull(handler, "an exception handler must be a function or null");
    this._reports.handler = handler;
  }

  /** Writes the message, the other entries of the context, and the exception with its stack. */
  defaultExceptionHandler(context: ExceptionContext): void {
    const text = kernel.diagnostics?.reportText(context) ?? context.message;
    this._report(text, context.exception);
  }

  /** Reports through the handler that is set. A handler that throws is reported by the default one. */
  callExceptionHandler(context: ExceptionContext): void {
    this._reports.call(context);
  }

  // ------------------------------------------------------------------ debug

  getDebug(): boolean {
    return this._debug;
  }

  /**
   * Debug mode: slow callbacks and swallowed cancellations are reported, and reports tell where a task, a future or a
   * callback was made. Coroutines that are never awaited are reported if TSYNCIO_DEBUG is set when the program begins.
   */
  setDebug(enabled: boolean): void {
    this._debug = enabled;
  }

  override toString(): string {
    return `<EventLoop running=${this.isRunning()} closed=${this._closed} debug=${this._debug}>`;
  }
}

function takeContext(args: unknown[]): LazyContext {
  const last = args.at(-1) as { context?: unknown } | undefined;
  if (typeof last === "object" && last !== null && isContext(last.context) && Object.keys(last).length === 1) {
    args.pop();
    return last.context;
  }
  return snapshot();
}
