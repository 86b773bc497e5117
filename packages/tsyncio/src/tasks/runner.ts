/** asyncio.run and asyncio.Runner. */

import { newEventLoop, setEventLoop } from "../host/loops.ts";
import { allTasks } from "../kernel/allTasks.ts";
import { type Context, copyContext } from "../kernel/context.ts";
import { describe } from "../kernel/describe.ts";
import { ASYNC_DISPOSE } from "../kernel/dispose.ts";
import { CancelledError, KeyboardInterrupt, RuntimeError } from "../kernel/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Awaitable, type Coroutine, isAwaitable, iscoroutine } from "../kernel/protocol.ts";
import { Settled } from "../kernel/settled.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { notACoroutine } from "../kernel/taskOptions.ts";

export interface RunnerOptions {
  /** Debug mode of the loop. */
  debug?: boolean | null;
  /** Makes the loop; `newEventLoop` without it. */
  loopFactory?: (() => EventLoop) | null;
}

/** How long, in seconds, the executor may take to end its threads. */
const EXECUTOR_TIMEOUT = 300;

/**
 * Runs the coroutine on a new loop and gives a promise of its result. At the end, what is left over is cancelled and
 * waited for, async generators are closed, and the loop is closed. Throws `RuntimeError` inside a running loop.
 * `asyncio.run`.
 */
export async function run<T>(main: Awaitable<T>, options: RunnerOptions = {}): Promise<T> {
  if (kernel.runningLoop !== null) {
    throw new RuntimeError("run() cannot be called from a running event loop: use `yield*` or createTask there");
  }
  const runner = new Runner(options);
  let first: unknown;
  try {
    return await runner.run(main);
  } catch (error) {
    first = error;
    throw error;
  } finally {
    await runner.close().catch((error) => {
      // Python would show both: an error in closing must not hide the one that came first.
      if (first !== undefined && error instanceof Error) error.cause ??= first;
      throw error;
    });
  }
}

/** Runs several coroutines one after the other on one loop, in one context: `asyncio.Runner`. */
export class Runner {
  private readonly options: RunnerOptions;
  private state: "created" | "initialized" | "closed" = "created";
  private loop: EventLoop | null = null;
  private context: Context | null = null;
  private interrupts = 0;

  constructor(options: RunnerOptions = {}) {
    this.options = options;
  }

  /** The runner's loop, made when first asked for. */
  getLoop(): EventLoop {
    return this.begin();
  }

  /** Runs the coroutine. SIGINT cancels it, where nothing else listens to the signal; a second one kills. */
  async run<T>(main: Awaitable<T>, options: { context?: Context | null } = {}): Promise<T> {
    if (kernel.runningLoop !== null) {
      throw new RuntimeError("Runner.run() cannot be called from a running event loop");
    }
    if (!isAwaitable(main)) throw notACoroutine(main);
    const loop = this.begin();
    const coro = iscoroutine(main) ? (main as Coroutine<T>) : wrap(main);
    const task = loop.createTask(coro, { context: options.context ?? this.context });
    this.interrupts = 0;
    const forget = loop._host.onInterrupt?.(() => this.interrupted(task as Task<unknown>)) ?? null;
    try {
      return await loop.runUntilComplete(task);
    } catch (error) {
      if (error instanceof CancelledError && this.interrupts > 0 && task.uncancel() === 0) {
        throw new KeyboardInterrupt("interrupted by SIGINT", { cause: error });
      }
      throw error;
    } finally {
      forget?.();
    }
  }

  /** Cancels what is left over, closes async generators, ends the executor, closes the loop. */
  async close(): Promise<void> {
    if (this.state !== "initialized") return;
    const loop = this.loop as EventLoop;
    this.state = "closed";
    try {
      await cancelAllTasks(loop);
      await loop.runUntilComplete(loop.shutdownAsyncgens());
      await loop.runUntilComplete(loop.shutdownDefaultExecutor(EXECUTOR_TIMEOUT));
    } finally {
      if (kernel.eventLoop === loop) setEventLoop(null);
      loop.close();
    }
  }

  /** For `await using`. */
  async [ASYNC_DISPOSE](): Promise<void> {
    await this.close();
  }

  private begin(): EventLoop {
    if (this.state === "closed") throw new RuntimeError("Runner is closed");
    if (this.loop !== null) return this.loop;
    const { loopFactory, debug } = this.options;
    if (loopFactory != null && typeof loopFactory !== "function") {
      throw new TypeError(`loopFactory is a function that makes a loop, got ${describe(loopFactory)}`);
    }
    this.loop = (loopFactory ?? newEventLoop)();
    if (loopFactory == null) setEventLoop(this.loop);
    if (debug != null) this.loop.setDebug(debug);
    this.context = copyContext();
    this.state = "initialized";
    return this.loop;
  }

  private interrupted(task: Task<unknown>): void {
    if (this.loop?._handlesInterrupt) return;
    this.interrupts++;
    if (this.interrupts === 1 && !task.done()) task.cancel();
    else this.loop?._host.kill?.();
  }
}

function* wrap<T>(awaitable: Awaitable<T>): Coroutine<T> {
  return (yield* awaitable) as T;
}

async function cancelAllTasks(loop: EventLoop): Promise<void> {
  const leftovers = [...allTasks(loop)];
  if (leftovers.length === 0) return;
  for (const task of leftovers) task.cancel();
  await loop.runUntilComplete(new Settled(loop, leftovers));
  for (const task of leftovers) {
    const exception = task.cancelled() ? null : task.exception();
    if (exception === null) continue;
    loop.callExceptionHandler({ message: "unhandled exception during run() shutdown", exception, task });
  }
}
