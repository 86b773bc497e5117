/** asyncio.run and asyncio.Runner. */

import { newEventLoop } from "../host/loops.ts";
import { allTasks } from "../kernel/allTasks.ts";
import { checkFunctionOrNull, checkOptions, type OptionNames } from "../kernel/checks.ts";
import { type Context, copyContext } from "../kernel/context.ts";
import { ASYNC_DISPOSE } from "../kernel/dispose.ts";
import { RuntimeError } from "../kernel/errors.ts";
import { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Awaitable, Coroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { asCoroutine } from "../kernel/taskOptions.ts";
import { runInterruptible } from "./interrupts.ts";

export interface RunnerOptions {
  /** Debug mode of the loop. */
  debug?: boolean | null;
  /** Makes the loop; `newEventLoop` without it. */
  loopFactory?: (() => EventLoop) | null;
}

const OPTIONS: OptionNames<RunnerOptions> = { debug: true, loopFactory: true };

/** How long, in seconds, the executor may take to end its threads. */
const EXECUTOR_TIMEOUT = 300;

/**
 * Runs the coroutine on a new loop and gives a promise of its result. At the end, what is left over is cancelled and
 * waited for, async generators are closed, and the loop is closed. Throws `RuntimeError` inside a running loop.
 * `asyncio.run`.
 */
export async function run<T>(main: Awaitable<T>, options: RunnerOptions = {}): Promise<T> {
  checkOptions("run", options, OPTIONS);
  const coro = asMain(main);
  const loop = makeLoop(options);
  let first: unknown;
  try {
    return await runTask(loop, coro, copyContext());
  } catch (error) {
    first = error;
    throw error;
  } finally {
    await endLoop(loop).catch((error) => {
      // Python would show both: an error in closing must not hide the one that came first.
      if (first !== undefined && error instanceof Error) error.cause ??= first;
      throw error;
    });
  }
}

/** Runs several coroutines one after the other on one loop, in one context: `asyncio.Runner`. */
export class Runner {
  private readonly _options: RunnerOptions;
  private _loop: EventLoop | null = null;
  private _context: Context | null = null;
  private _closed = false;

  constructor(options: RunnerOptions = {}) {
    checkOptions("Runner", options, OPTIONS);
    this._options = options;
  }

  /** The runner's loop, made when first asked for. */
  getLoop(): EventLoop {
    if (this._closed) throw new RuntimeError("Runner is closed");
    if (this._loop === null) {
      this._loop = makeLoop(this._options);
      this._context = copyContext();
    }
    return this._loop;
  }

  /** Runs the coroutine. SIGINT cancels it, where nothing else listens to the signal; a second one kills. */
  async run<T>(main: Awaitable<T>, options: { context?: Context | null } = {}): Promise<T> {
    checkOptions("Runner.run", options, { context: true });
    const coro = asMain(main);
    return runTask(this.getLoop(), coro, options.context ?? this._context);
  }

  /** Cancels what is left over, closes async generators, ends the executor, closes the loop. */
  async close(): Promise<void> {
    const loop = this._loop;
    if (loop === null || this._closed) return;
    this._closed = true;
    await endLoop(loop);
  }

  /** For `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }
}

function asMain<T>(main: Awaitable<T>): Coroutine<T> {
  if (kernel.runningLoop !== null) {
    throw new RuntimeError("run() cannot be called from a running event loop: use `yield*` or createTask there");
  }
  return asCoroutine(main);
}

function makeLoop({ loopFactory, debug }: RunnerOptions): EventLoop {
  checkFunctionOrNull(loopFactory ?? null, "loopFactory is a function that makes a loop");
  const loop = (loopFactory ?? newEventLoop)();
  if (loopFactory == null) kernel.eventLoop = loop;
  if (debug != null) loop.setDebug(debug);
  return loop;
}

async function runTask<T>(loop: EventLoop, main: Coroutine<T>, context: Context | null): Promise<T> {
  const task = loop.createTask(main, { context });
  return runInterruptible(loop, task);
}

async function endLoop(loop: EventLoop): Promise<void> {
  try {
    await cancelAllTasks(loop);
    await loop.runUntilComplete(loop.shutdownAsyncgens());
    await loop.runUntilComplete(loop.shutdownDefaultExecutor(EXECUTOR_TIMEOUT));
  } finally {
    if (kernel.eventLoop === loop) kernel.eventLoop = null;
    loop.close();
  }
}

async function cancelAllTasks(loop: EventLoop): Promise<void> {
  const leftovers = [...allTasks(loop)];
  if (leftovers.length === 0) return;
  for (const task of leftovers) task.cancel();
  await loop.runUntilComplete(ended(loop, leftovers));
  for (const task of leftovers) {
    const exception = task.cancelled() ? null : task.exception();
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
