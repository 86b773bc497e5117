/**
 * The portable face: all of it runs in a browser too. As it stands here it is the entry of production bundles; index.ts
 * adds the diagnostics.
 */

import { installNativeCalls } from "./tasks/nativeCalls.ts";

export {
  BrokenBarrierError,
  CancelledError,
  DeadlockError,
  GeneratorExit,
  IncompleteReadError,
  InvalidStateError,
  isCancelled,
  KeyboardInterrupt,
  LimitOverrunError,
  LookupError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  StopAsyncIteration,
  SystemExit,
  TimeoutError,
  ValueError,
} from "./base/errors.ts";
export { BaseExceptionGroup, ExceptionGroup, exceptStar, isBaseException } from "./base/exceptionGroup.ts";
export { futureAddToAwaitedBy, futureDiscardFromAwaitedBy } from "./diagnostics/awaitedBy.ts";
export {
  type CallGraphOptions,
  captureCallGraph,
  FrameCallGraphEntry,
  FutureCallGraph,
} from "./diagnostics/callGraph.ts";
export { formatCallGraph, printCallGraph } from "./diagnostics/formatCallGraph.ts";
export { formatTaskTree, printTaskTree } from "./diagnostics/taskTree.ts";
export { getEventLoop, getRunningLoop, newEventLoop, setEventLoop } from "./host/loops.ts";
export { PlatformHost } from "./host/platform.ts";
export { VirtualHost, virtualLoop } from "./host/virtual.ts";
export {
  type AbortScope,
  abortable,
  type Cancellable,
  cancelOnAbort,
  taskSignal,
} from "./interop/abortSignals.ts";
export { keepAsyncLocalStorage } from "./interop/asyncLocalStorage.ts";
export { type Events, type EventsOptions, events, type Overflow } from "./interop/events.ts";
export { type Begin, type FromCallbackOptions, fromCallback } from "./interop/fromCallback.ts";
export { type FromEventOptions, fromEvent } from "./interop/fromEvent.ts";
export { fromPromise, wrapFuture } from "./interop/fromPromise.ts";
export type { FromPromiseOptions } from "./interop/late.ts";
export type { EmitterLike, EventName, EventOf } from "./interop/listeners.ts";
export { type RetryOptions, retry } from "./interop/retry.ts";
export {
  createTaskState,
  type TaskMode,
  type TaskOutcome,
  type TaskSnapshot,
  type TaskState,
  type TaskStateOptions,
} from "./interop/taskState.ts";
export { type ToPromiseOptions, toPromise } from "./interop/toPromise.ts";
export { fromReadableStream, fromWritableStream, type StreamSink, toReadableStream } from "./interop/webStreams.ts";
export { aiter, anext } from "./iteration/aiter.ts";
export { AsCompleted, asCompleted } from "./iteration/asCompleted.ts";
export { asyncFor } from "./iteration/asyncFor.ts";
export { type AsyncGen, asyncGenerator } from "./iteration/asyncGenerator.ts";
export { type AsyncContextManager, asyncWith } from "./iteration/asyncWith.ts";
export { toArray, toMap, toSet } from "./iteration/collect.ts";
export { type Cursor, cursor } from "./iteration/cursor.ts";
export { type AsyncMapOptions, asyncFilter, asyncMap } from "./iteration/expressions.ts";
export { fromAsyncIterable, type NativeSource } from "./iteration/fromAsyncIterable.ts";
export type { AsyncioIterable, AsyncioIterator, AsyncSource } from "./iteration/sources.ts";
export { toAsyncIterable } from "./iteration/toAsyncIterable.ts";
export { Context, ContextVar, copyContext, Token } from "./kernel/context.ts";
export type { StackFrame } from "./kernel/diagnostics.ts";
export type { ExceptionContext, ExceptionHandler } from "./kernel/exceptionHandler.ts";
export type { ConcurrentFuture, Executor, ExecutorJob } from "./kernel/executor.ts";
export { type DoneCallback, Future, type FutureOptions, isfuture } from "./kernel/future.ts";
export { type Callback, Handle, TimerHandle } from "./kernel/handle.ts";
export type { Host } from "./kernel/host.ts";
export { addInstrument, type Instrument, removeInstrument } from "./kernel/instrument.ts";
export { EventLoop, type TaskFactory } from "./kernel/loop.ts";
export {
  type Awaitable,
  type Chainable,
  type Coroutine,
  type CoroutineObject,
  iscoroutine,
  iscoroutinefunction,
  type Native,
  Suspend,
  type Syntax,
} from "./kernel/protocol.ts";
export { Task } from "./kernel/task.ts";
export type { TaskOptions } from "./kernel/taskOptions.ts";
export type { WaitOwner } from "./kernel/waiter.ts";
export { Barrier } from "./sync/barrier.ts";
export { Condition, type LockLike } from "./sync/condition.ts";
export { Event } from "./sync/event.ts";
export { Lock } from "./sync/lock.ts";
export { Queue, type QueueItems } from "./sync/queue.ts";
export { LifoQueue, PriorityQueue, type PriorityQueueOptions } from "./sync/queueKinds.ts";
export { BoundedSemaphore, Semaphore } from "./sync/semaphore.ts";
export { allTasks, currentTask } from "./tasks/allTasks.ts";
export { coroutine } from "./tasks/coroutine.ts";
export {
  createEagerTaskFactory,
  createTask,
  eagerTaskFactory,
  ensureFuture,
  type TaskConstructor,
} from "./tasks/create.ts";
export { type GatherOptions, gather } from "./tasks/gather.ts";
export { partial } from "./tasks/partial.ts";
export { Runner, type RunnerOptions, run } from "./tasks/runner.ts";
export { shield } from "./tasks/shield.ts";
export { sleep } from "./tasks/sleep.ts";
export { type GroupTaskOptions, TaskGroup } from "./tasks/taskGroup.ts";
export { runCoroutineThreadsafe, toThread } from "./tasks/threads.ts";
export { Timeout, timeout, timeoutAt } from "./tasks/timeouts.ts";
export { ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, type WaitOptions, wait, waitFor } from "./tasks/wait.ts";

installNativeCalls();
