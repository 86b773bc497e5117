/** The heart of a loop: what is ready, what is due, and one iteration after the other. */

import { DEV } from "#dev";
import { checkOptions } from "../base/checks.ts";
import { RuntimeError } from "../base/errors.ts";
import { LinkedList } from "../base/linkedList.ts";
import { deadlockError } from "./diagnostics.ts";
import type { Future } from "./future.ts";
import type { Host } from "./host.ts";
import type { EventLoop } from "./loop.ts";
import type { Runnable } from "./queues/ready.ts";
import { ReadyQueue } from "./queues/ready.ts";
import type { Timer } from "./queues/timerLine.ts";
import { CLOCK_RESOLUTION, TimerHeap, type Timers } from "./queues/timers.ts";
import { kernel } from "./state.ts";
import type { Task } from "./task.ts";

/** What `loop.run…` waits for, while the loop runs. */
export interface Running {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The part of a loop that runs it: `asyncio.base_events.BaseEventLoop`. It and its only subclass are one object in two
 * files: hence the type of `this`.
 */
export abstract class BaseEventLoop {
  /** In debug mode a callback that takes longer than this many seconds is reported. */
  slowCallbackDuration = 0.1;

  /** @internal */ readonly _host: Host;
  /** @internal */ readonly _ready: ReadyQueue = new ReadyQueue();
  /** @internal */ readonly _timers: Timers;
  /** @internal The tasks that are not done, in the order of registration. */
  readonly _tasks: LinkedList<Task<unknown>> = new LinkedList();
  /** @internal An exit that a task has raised and that is to leave the loop. */
  _exit: { error: unknown } | null = null;
  /** @internal */ _running: Running | null = null;
  /** @internal True while a turn is under way: what becomes ready then needs no wake-up. */
  _awake = false;
  private _stopping = false;
  /** @internal */ _closed = false;
  /** @internal */ _debug: boolean;

  /** `timers` is for a loop whose time is simulated. */
  constructor(options: { host: Host; debug?: boolean; timers?: Timers }) {
    if (DEV && typeof options?.host?.wake !== "function") {
      throw new TypeError("an event loop needs { host }: make one with newEventLoop() or virtualLoop()");
    }
    checkOptions("EventLoop", options, { host: true, debug: true, timers: true });
    this._host = options.host;
    this._timers = options.timers ?? new TimerHeap();
    this._debug = options.debug ?? false;
  }

  /**
   * Runs until `stop()`. Unlike asyncio's, returns a promise, since JavaScript cannot block. It rejects with
   * `DeadlockError` when nothing can ever wake the loop, and with an exit that a callback raised.
   */
  runForever(this: EventLoop): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this._checkClosed();
      this._checkRunning();
      kernel.loops.add(this);
      this._begin({ resolve, reject });
    });
  }

  /** @internal From now on the loop runs, until `running` is told. */
  _begin(this: EventLoop, running: Running): void {
    this._running = running;
    this._host.begin(
      () => this._turn(),
      () => this._stuck(),
    );
    this._turn();
  }

  /** Lets the callbacks that are ready now run, then stops. */
  stop(): void {
    this._stopping = true;
    this._wake();
  }

  isRunning(): boolean {
    return this._running !== null;
  }

  isClosed(): boolean {
    return this._closed;
  }

  /** The loop's monotonic clock, in seconds. */
  time(): number {
    return this._host.now();
  }

  // ------------------------------------------------------------------ for the kernel

  /** @internal */
  _enqueue(runnable: Runnable): void {
    this._ready.push(runnable);
    if (!this._awake) this._wake();
  }

  /** @internal */
  _addTimer<T extends Timer>(timer: T, when: number, delay?: number): T {
    if (this._closed) this._checkClosed();
    this._timers.push(timer, when, delay);
    if (!this._awake) this._wake();
    return timer;
  }

  /** @internal */
  _register(task: Task<unknown>): void {
    this._tasks.add(task);
  }

  /** @internal */
  _unregister(task: Task<unknown>): void {
    this._tasks.delete(task);
  }

  /** @internal The tasks that are not done, in the order of registration. */
  _pendingTasks(): Task<unknown>[] {
    return this._tasks.toArray();
  }

  /** @internal A future has failed. */
  _failed(this: EventLoop, future: Future<unknown>): void {
    this._unretrieved.failed(future);
    if (this._awake) return;
    if (this._running !== null) this._host.wake();
    else this._unretrieved.sweep(true);
  }

  /** @internal A task has ended as if it had not been cancelled. */
  _swallowed(task: Task<unknown>): void {
    if (this._debug) kernel.diagnostics?.reportSwallowed(task);
  }

  /** @internal */
  _checkRunning(): void {
    if (this._running !== null) throw new RuntimeError("This event loop is already running");
    if (kernel.runningLoop !== null) {
      throw new RuntimeError("Cannot run the event loop while another loop is running");
    }
  }

  /** @internal */
  _checkClosed(): void {
    if (this._closed) {
      throw new RuntimeError(`Event loop is closed${DEV ? ": make a new one with newEventLoop(), or use run()" : ""}`);
    }
  }

  /**
   * @internal A task has raised an exit, which leaves the loop: in its next turn, if native code has begun that task.
   */
  _throwExit(this: EventLoop): void {
    const { error } = this._exit as { error: unknown };
    this._exit = null;
    if (this._awake) throw error;
    this.callSoon(() => {
      throw error;
    });
  }

  /** @internal */
  _wake(): void {
    if (this._running !== null && !this._awake) this._host.wake();
  }

  /** One turn of the platform: iterations, until nothing is ready or the platform wants its turn. */
  private _turn(this: EventLoop): void {
    if (this._running === null || this._awake) return;
    const outer = kernel.context;
    const host = this._host;
    kernel.runningLoop = this;
    this._awake = true;
    try {
      for (;;) {
        const ready = this._ready.size;
        if (ready === 0 && !this._stopping && !host.rest(this._timers.next())) break;
        const steps = this._runOnce();
        if (this._stopping) {
          this._end(null);
          break;
        }
        if (!host.mayContinue(steps)) {
          host.wake();
          break;
        }
      }
    } catch (error) {
      kernel.currentTask = null;
      this._end({ error });
    } finally {
      this._awake = false;
      kernel.runningLoop = null;
      kernel.context = outer;
      if (this._unretrieved.any && this._unretrieved.sweep(this._running === null)) this._wake();
    }
  }

  /** Moves the timers that are due behind what is ready, then runs exactly what is ready now. */
  private _runOnce(this: EventLoop): number {
    const ready = this._ready;
    const timers = this._timers;
    if (timers.size > 0) {
      const now = this._host.now();
      const end = now + CLOCK_RESOLUTION;
      if (ready.size === 0 && !this._debug) return runDue(timers, ready, now, end);
      for (let due = timers.popDue(now, end); due !== null; due = timers.popDue(now, end)) ready.push(due);
    }
    const todo = ready.size;
    if (this._debug && kernel.diagnostics !== null) return kernel.diagnostics.runWatched(this, todo);
    for (let i = 0; i < todo; i++) ready.shift()._run();
    if (ready.size === 0) ready.trim();
    return todo;
  }

  private _end(this: EventLoop, thrown: { error: unknown } | null): void {
    const running = this._running as Running;
    this._running = null;
    this._stopping = false;
    kernel.loops.delete(this);
    this._host.end();
    if (thrown === null) running.resolve();
    else running.reject(thrown.error);
  }

  /** @internal Nothing can ever wake the loop. */
  _stuck(this: EventLoop): void {
    if (this._running !== null) this._end({ error: deadlockError(this) });
  }

  /** @internal */
  _report(text: string, error?: unknown): void {
    this._host.report(text, error);
  }
}

/**
 * An iteration where nothing but timers is ready: those of sleeps, which call no code of the program, need not wait in
 * the queue. What they wake comes in the next iteration, as ever.
 */
function runDue(timers: Timers, ready: ReadyQueue, now: number, end: number): number {
  let count = 0;
  let others: Timer[] | null = null;
  for (let due = timers.popDue(now, end); due !== null; due = timers.popDue(now, end)) {
    count++;
    if (others !== null) others.push(due);
    else if (due._quiet) due._run();
    else others = [due];
  }
  if (others === null) return count;
  let ran = 0;
  try {
    while (ran < others.length) (others[ran++] as Timer)._run();
  } finally {
    // Unless an exit has left the loop, there is nothing.
    for (; ran < others.length; ran++) ready.push(others[ran] as Timer);
  }
  return count;
}
