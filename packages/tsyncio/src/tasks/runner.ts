/** asyncio.run and asyncio.Runner. */

import { DEV } from "#dev";
import { checkLoop, type OptionNames, ownOptions } from "../base/checks.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { RuntimeError } from "../base/errors.ts";
import { newEventLoop } from "../host/loops.ts";
import { checkPlainOrNull } from "../kernel/callables.ts";
import { type Context, copyContext } from "../kernel/context.ts";
import { Future } from "../kernel/future.ts";
import { type EventLoop, RUN_ENDED } from "../kernel/loop.ts";
import type { Awaitable, Coroutine, Native } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { asCoroutine } from "../kernel/taskOptions.ts";
import { checkSignal, refuseIfAborted } from "./abort.ts";
import { allTasks } from "./allTasks.ts";
import { checkSignals, LiveRun } from "./interrupts.ts";

/** Options of `run` and `Runner`. */
export interface RunnerOptions {
  /** Debug mode of the loop. */
  debug?: boolean | null;
  /** Makes the loop. Defaults to `newEventLoop`. */
  loopFactory?: (() => EventLoop) | null;
  /** Cancels the main task when it aborts. If it has aborted before, nothing of the main task runs. */
  signal?: AbortSignal | null;
  /**
   * The signals of the process that interrupt the run, `["SIGINT", "SIGTERM"]` for example; false for none. Defaults to
   * SIGINT, where the program does not listen to it itself.
   */
  signals?: false | readonly string[] | null;
}

const OPTIONS: OptionNames<RunnerOptions> = { debug: true, loopFactory: true, signal: true, signals: true };

/** How long, in seconds, the executor may take to end its threads. */
const EXECUTOR_TIMEOUT = 300;

/**
 * Runs the coroutine on a new loop and returns a promise of its result. At the end, what is left over is cancelled and
 * waited for, async generators are closed, and the loop is closed. `asyncio.run`.
 *
 *     await run(main());
 *
 * A signal of the process cancels the main task of each run that is alive; they clean up, and are rejected with
 * `KeyboardInterrupt`. When all of them have ended the process ends by the signal, a second later if the program has
 * caught the error and something else still holds the process. A second signal ends it at once.
 *
 * @throws RuntimeError inside a running loop; the reason of `signal` if that has cancelled the main task.
 */
export async function run<T>(main: Awaitable<T> | Native<T>, options?: RunnerOptions | null): Promise<T> {
  const own = checkRunner("run", options);
  const coro = asMain(main, own.signal);
  const live = new LiveRun(own.signals);
  const loop = makeLoop(own);
  const leave = live.enter(loop);
  return thenAlways(live.run(loop, coro, copyContext(), own.signal), () => endLoop(loop).finally(leave));
}

/**
 * Runs several coroutines one after the other on one loop, in one context: `asyncio.Runner`.
 *
 *     await using runner = new Runner();
 *     await runner.run(migrate());
 *     await runner.run(main());
 */
export class Runner {
  private readonly options: CheckedOptions;
  private readonly live: LiveRun;
  private loop: EventLoop | null = null;
  private context: Context | null = null;
  private closed = false;

  constructor(options?: RunnerOptions | null) {
    this.options = checkRunner("Runner", options);
    this.live = new LiveRun(this.options.signals);
  }

  /** The runner's loop, made when first asked for. */
  getLoop(): EventLoop {
    if (this.closed) throw new RuntimeError("Runner is closed");
    if (this.loop === null) {
      this.loop = makeLoop(this.options);
      this.context = copyContext();
    }
    return this.loop;
  }

  /**
   * Runs the coroutine. Signals cancel it, as they do in `run`; `signal` cancels this run only. What native code has
   * begun on the loop meanwhile is cancelled at the end.
   */
  async run<T>(
    main: Awaitable<T> | Native<T>,
    options?: { context?: Context | null; signal?: AbortSignal | null } | null,
  ): Promise<T> {
    const own = ownOptions("Runner.run", options, { context: true, signal: true });
    if (own.signal != null) checkSignal(own.signal, "Runner.run");
    const signal = own.signal ?? this.options.signal;
    const coro = asMain(main, signal);
    const loop = this.getLoop();
    const leave = this.live.enter(loop);
    const outcome = this.live.run(loop, coro, own.context ?? this.context, signal);
    return thenAlways(outcome, () => endCalls(loop).finally(leave));
  }

  /** Cancels what is left over, closes async generators, ends the executor, closes the loop. */
  async close(): Promise<void> {
    const loop = this.loop;
    if (loop === null || this.closed) return;
    loop._checkRunning();
    this.closed = true;
    await endLoop(loop).finally(this.live.enter(loop));
  }

  /** For `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }
}

interface CheckedOptions {
  debug: boolean | null;
  loopFactory: (() => EventLoop) | null;
  signal: AbortSignal | null;
  signals: readonly string[] | null;
}

function checkRunner(caller: string, options: RunnerOptions | null | undefined): CheckedOptions {
  const { debug = null, loopFactory = null, signal = null, signals } = ownOptions(caller, options, OPTIONS);
  checkPlainOrNull(loopFactory, "loopFactory must be a function that makes a loop");
  if (signal !== null) checkSignal(signal, caller);
  return { debug, loopFactory, signal, signals: checkSignals(signals) };
}

function asMain<T>(main: Awaitable<T> | Native<T>, signal: AbortSignal | null): Coroutine<T> {
  if (kernel.runningLoop !== null) {
    const advice = DEV ? ": use await, `yield*` or createTask there" : "";
    throw new RuntimeError(`run() cannot be called from a running event loop${advice}`);
  }
  refuseIfAborted(signal, main);
  return asCoroutine(main);
}

function makeLoop({ loopFactory, debug }: CheckedOptions): EventLoop {
  const loop = (loopFactory ?? newEventLoop)();
  checkLoop(loop, "loopFactory must return an event loop");
  if (loopFactory === null) kernel.eventLoop = loop;
  if (debug !== null) loop.setDebug(debug);
  return loop;
}

/** The outcome of `first`. Python would show both: an error in closing must not hide the one that came first. */
async function thenAlways<T>(first: Promise<T>, close: () => Promise<void>): Promise<T> {
  let failed: unknown;
  try {
    return await first;
  } catch (error) {
    failed = error;
    throw error;
  } finally {
    await close().catch((error) => {
      if (failed !== undefined && error instanceof Error) error.cause ??= failed;
      throw error;
    });
  }
}

async function endLoop(loop: EventLoop): Promise<void> {
  loop._ending = true;
  loop._beforeEnding?.();
  try {
    await cancelAll(loop, allTasks(loop));
    await loop.runUntilComplete(loop.shutdownAsyncgens());
    await loop.runUntilComplete(loop.shutdownDefaultExecutor(EXECUTOR_TIMEOUT));
    await cancelAll(loop, begunByNativeCode(loop)); // by cleanup that has run meanwhile
  } finally {
    if (kernel.eventLoop === loop) kernel.eventLoop = null;
    loop.close();
  }
}

/** A run of a `Runner` has ended: its tasks stay for the next one, but native code would wait for it. */
async function endCalls(loop: EventLoop): Promise<void> {
  loop._ending = true;
  loop._beforeEnding?.();
  try {
    await cancelAll(loop, begunByNativeCode(loop));
  } finally {
    loop._ending = false;
  }
}

function begunByNativeCode(loop: EventLoop): Set<Task<unknown>> {
  const tasks = new Set<Task<unknown>>();
  for (const { _begun: task } of loop._calls?.toArray() ?? []) if (task !== null) tasks.add(task);
  return tasks;
}

async function cancelAll(loop: EventLoop, tasks: Iterable<Task<unknown>>): Promise<void> {
  const leftovers = [...tasks];
  if (leftovers.length === 0) return;
  const native = begunByNativeCode(loop);
  for (const task of leftovers) task.cancel(native.has(task) ? RUN_ENDED : undefined);
  await loop.runUntilComplete(ended(loop, leftovers));
  for (const task of leftovers) {
    const exception = task.cancelled() || native.has(task) ? null : task.exception();
    if (exception === null) continue;
    loop.callExceptionHandler({ message: "unhandled exception during run() shutdown", exception, task });
  }
}

/** Done when all of them are, however they end. */
function ended(loop: EventLoop, tasks: readonly Task<unknown>[]): Future<void> {
  const all = new Future<void>(loop._asOptions);
  let left = tasks.length;
  const count = () => {
    if (--left === 0) all.setResult();
  };
  for (const task of tasks) task.addDoneCallback(count);
  return all;
}
