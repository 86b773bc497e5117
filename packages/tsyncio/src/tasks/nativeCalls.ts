/** What native code begins: by `toPromise`, by `await` of a coroutine, by the steps of a native iterator. */

import { LinkedList } from "../base/linkedList.ts";
import { keepingStores } from "../host/asyncStores.ts";
import { callersLoop } from "../host/loops.ts";
import type { Context, LazyContext } from "../kernel/context.ts";
import { type Future, isfuture } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { EventLoop, NativeCall } from "../kernel/loop.ts";
import type { Awaitable, Coroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { asCoroutine } from "../kernel/taskOptions.ts";
import { ABORTED, onAbort, refuseIfAborted } from "./abort.ts";

export interface CallOptions {
  signal?: AbortSignal | null;
  loop?: EventLoop | null;
  context?: Context | null;
}

/** A native promise of the awaitable's result. A coroutine runs as a task of `loop`, or of the caller's. */
export function promiseOf<T>(awaitable: Awaitable<T>, options: CallOptions = {}): Promise<T> {
  const { signal = null, loop = null, context = null } = options;
  return new Promise<T>((resolve, reject) => {
    refuseIfAborted(signal, awaitable);
    const future = begin(awaitable, loop, context);
    const begun = future === awaitable ? null : (future as Task<T>);
    new Call(future, begun, signal, resolve, reject);
  });
}

/** Called by the entry points: native code can await coroutines. */
export function installNativeCalls(): void {
  kernel.promiseOf ??= promiseOfThen;
}

/** What native code calls `then` of begins at once, as what an async function returns has begun. */
function promiseOfThen<T>(awaitable: Awaitable<T>): Promise<T> {
  if (isfuture(awaitable)) return promiseOf<T>(awaitable);
  return new Promise<T>((resolve, reject) =>
    settleWith(startNow(callersLoop(), asCoroutine(awaitable) as Coroutine<T>), resolve, reject),
  );
}

function begin<T>(awaitable: Awaitable<T>, loop: EventLoop | null, context: Context | null): Future<T> {
  if (isfuture(awaitable)) return (loop ?? awaitable.getLoop()).ensureFuture(awaitable) as Future<T>;
  const coro = asCoroutine(awaitable);
  return keepingStores(() => (loop ?? callersLoop()).createTask(coro, context === null ? undefined : { context }));
}

const EAGERLY = { eagerStart: true } as const;

/** A task whose first step is run now, wherever this is called; in a copy of `context`, or of the current one. */
export function startNow<T>(loop: EventLoop, coro: Coroutine<T>, context: LazyContext | null = null): Task<T> {
  const { runningLoop, context: outer } = kernel;
  kernel.runningLoop = loop;
  if (context !== null) kernel.context = context;
  try {
    return keepingStores(() => loop.createTask(coro, EAGERLY));
  } finally {
    kernel.runningLoop = runningLoop;
    kernel.context = outer;
    // A step that has given its turn away is ready: all else that it makes ready wakes the loop by itself.
    if (runningLoop !== loop && loop._ready.size > 0) loop._wake();
  }
}

/** The coroutine of a call. An error in the parameters is the function's own, as it is of an async function. */
export function coroutineOf<T>(fn: (...args: never[]) => unknown, thisArg: unknown, args: never[]): Coroutine<T> {
  try {
    return fn.apply(thisArg, args) as Coroutine<T>;
  } catch (error) {
    return failing(error);
  }
}

function* failing(error: unknown): Coroutine<never> {
  throw error;
}

/** The task was made for native code, which waits for it by `resolve` and `reject`. */
export function settleWith<T>(task: Task<T>, resolve: (value: T) => void, reject: (error: unknown) => void): void {
  new Call(task, task, null, resolve, reject);
}

/** The promise of one call. */
class Call<T> implements NativeCall, Observer {
  readonly _begun: Task<unknown> | null;
  _previous: NativeCall | null = null;
  _next: NativeCall | null = null;
  private readonly future: Future<T>;
  private readonly signal: AbortSignal | null;
  private readonly resolve: (value: T) => void;
  private readonly reject: (error: unknown) => void;
  private readonly forget: (() => void) | null = null;

  constructor(
    future: Future<T>,
    begun: Task<T> | null,
    signal: AbortSignal | null,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    this._begun = begun as Task<unknown> | null;
    this.future = future;
    this.signal = signal;
    this.resolve = resolve;
    this.reject = reject;
    if (future.done()) {
      this._futureEnded();
      return;
    }
    const loop = future.getLoop();
    loop._calls ??= new LinkedList();
    loop._calls.add(this);
    if (signal !== null) this.forget = onAbort(signal, () => void future.cancel(ABORTED));
    future._addWaiter(this);
  }

  _futureEnded(): void {
    this.leave();
    try {
      this.resolve(this.future.result());
    } catch (error) {
      this.reject(this.signal?.aborted && this.future.cancelled() ? this.signal.reason : error);
    }
  }

  _abandon(error: unknown): void {
    if (this.future.done()) {
      this._futureEnded();
      return;
    }
    this.leave();
    this.reject(error);
    this._begun?.cancel();
  }

  private leave(): void {
    this.future.getLoop()._calls?.delete(this);
    this.forget?.();
  }
}
