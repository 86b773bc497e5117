/** The world of one simulated run: it determines the time, the order and the random numbers of the loop. */

import { CancelledError, RuntimeError } from "../base/errors.ts";
import { deadlockError } from "../kernel/diagnostics.ts";
import type { ExceptionContext } from "../kernel/exceptionHandler.ts";
import { Future } from "../kernel/future.ts";
import { EventLoop } from "../kernel/loop.ts";
import type { Coroutine, Native } from "../kernel/protocol.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { kernel } from "../kernel/state.ts";
import { Task } from "../kernel/task.ts";
import { setNetwork } from "../net/network.ts";
import { allTasks } from "../tasks/allTasks.ts";
import type { Choices } from "./choices.ts";
import { SimulatedClock } from "./clock.ts";
import { Conditions } from "./conditions.ts";
import { drive } from "./drive.ts";
import { Events } from "./events.ts";
import { CheckFailed, type Found, RuleError } from "./failure.ts";
import { type ModelState, nextAny, nextEvents, nextFifo } from "./models.ts";
import { noNetwork } from "./network/noNetwork.ts";
import type { Random } from "./random.ts";
import type { Checks, Settings } from "./settings.ts";

/** From this step on the order is the default, which is fair: no strategy may starve a task forever. */
const FAIR_AFTER = 10_000;
/** The number of steps that the program may take after `main` has ended. */
const CLOSING_STEPS = 10_000;
/** The number of iterations in which `run` ends async generators and the executor. */
const CLOSING_ITERATIONS = 4;

/** Returns the world of the loop. Throws `RuntimeError` for a loop on real time. */
export function worldOf(loop: EventLoop, caller: string): World {
  if (loop instanceof World) return loop;
  throw new RuntimeError(`${caller} is for simulated time: call it inside simulate() or explore()`);
}

export class World extends EventLoop implements ModelState {
  readonly settings: Settings;
  readonly checks: Checks;
  readonly choices: Choices;
  readonly clock: SimulatedClock;
  readonly events: Events;
  readonly conditions: Conditions;
  /** The number of callbacks and steps of tasks that have run. */
  steps = 0;
  todo = 0;
  passedOver = 0;
  busy = 0;
  /** Called for each runnable: true drops it without running it, as if its machine had stopped. */
  ignores: ((runnable: Runnable) => boolean) | null = null;
  /** Called for each runnable after it has run. */
  ran: ((runnable: Runnable) => void) | null = null;
  readonly quiet: Future<void>[] = [];
  /** An attached debugger stops before this step. */
  pauseAt = -1;
  /** Whether `random()` has been called: only then the schedule depends on the seed. */
  drew = false;

  private readonly randomness: Random;
  private readonly nextByModel: (state: ModelState) => Runnable | null;
  private found: Found | null = null;
  private main: Task<unknown> | null = null;
  private last: Runnable | null = null;
  private stepLimit: number;
  private injected = false;
  private stopping = false;

  constructor(settings: Settings, checks: Checks, choices: Choices, random: Random) {
    const clock = new SimulatedClock();
    const events = new Events(settings.jitter, clock);
    super({ host: clock, timers: events });
    this.clock = clock;
    this.events = events;
    this.settings = settings;
    this.checks = checks;
    this.choices = choices;
    this.randomness = random;
    this.conditions = new Conditions(checks);
    this.nextByModel = settings.model === "fifo" ? nextFifo : settings.model === "events" ? nextEvents : nextAny;
    this.stepLimit = checks.maxSteps;
  }

  /** A random number from 0 to 1, excluding 1, which the seed of the run determines. */
  random(): number {
    this.drew = true;
    return this.randomness.next();
  }

  /** A fault of probability `p`: a choice of its own, which a shrunk schedule leaves out where possible. */
  chance(p: number, label?: string): boolean {
    return p > 0 && this.choices.decide(p, label);
  }

  /** Whether the order is the default: no strategy is asked. */
  get settled(): boolean {
    return this.steps > FAIR_AFTER;
  }

  /** Runs the coroutine to its end, then cancels what is left over, as `run` does. Returns the first fault, or null. */
  play(main: () => Coroutine<unknown> | Native<unknown>): Found | null {
    const outerCount = kernel.taskCount;
    kernel.taskCount = 0;
    try {
      this.playMain(main);
      this.finish();
    } finally {
      kernel.taskCount = outerCount;
    }
    return this.found;
  }

  /** The done callback of main. */
  readonly mainEnded = (): void => {
    this.stopping = true;
  };

  /** The main task, or null if `main` threw before it returned a coroutine. */
  get mainTask(): Task<unknown> | null {
    return this.main;
  }

  /** @internal */
  override _swallowed(task: Task<unknown>): void {
    if (this.checks.swallowed === "ignore") return;
    const text = `${task.getName()} was cancelled, swallowed the CancelledError, and ended normally`;
    this.note(
      "swallowed cancellation",
      () => new RuleError(`${text}. Rethrow it: catch (e) { if (isCancelled(e)) throw e; … }`),
    );
  }

  override callExceptionHandler(context: ExceptionContext): void {
    if (this.checks.lost === "report" || this.getExceptionHandler() !== null)
      return super.callExceptionHandler(context);
    const { message, exception } = context;
    this.note("lost exception", () => new RuleError(message, exception === undefined ? {} : { cause: exception }));
  }

  private note(kind: Found["kind"], error: () => unknown): void {
    this.found ??= { kind, error };
  }

  private playMain(main: () => Coroutine<unknown> | Native<unknown>): void {
    let task: Task<unknown>;
    try {
      task = this.main = this.createTask(main());
      // As `runUntilComplete`: the iteration in which it is told that main is done still runs to its end.
      task.addDoneCallback(this.mainEnded);
      if (!this.drive(() => !this.stopping || this.todo > 0)) return;
    } catch (error) {
      return this.note("error", () => error);
    }
    if (!task.done()) {
      const error = this.checks.explain ? deadlockError(this) : null;
      return this.note("deadlock", () => error);
    }
    try {
      task.result();
    } catch (error) {
      if (!(this.injected && error instanceof CancelledError)) this.note("error", () => error);
      return;
    }
    this.checkEnd();
  }

  /** Runs while `wanted` is true. Returns false if a fault was found. */
  private drive(wanted: () => boolean, next = this.nextByModel): boolean {
    try {
      drive(this, () => {
        this.afterStep();
        if (!wanted()) return null;
        if (++this.steps > this.stepLimit) throw this.tooManySteps();
        let runnable = next(this);
        while (runnable !== null && this.ignores?.(runnable) === true) runnable = next(this);
        this.last = runnable;
        // biome-ignore lint/suspicious/noDebugger: what `replay` with `pause` is for
        if (this.steps === this.pauseAt) debugger;
        return runnable;
      });
      return true;
    } catch (error) {
      if (error instanceof CheckFailed) this.found ??= error.found;
      else this.note("error", () => error);
      return false;
    }
  }

  private afterStep(): void {
    const last = this.last;
    if (last === null) return;
    this.last = null;
    if (this.ran !== null) this.ran(last);
    if (this.settings.cancelEverywhere && last instanceof Task && !last.done() && this.choices.cancels()) {
      this.injected = true;
      last.cancel("by cancelEverywhere");
    }
    this.conditions.check(this.steps);
  }

  private tooManySteps(): CheckFailed {
    const tasks = [...allTasks(this)].map((task) => task.getName()).join(", ");
    const text = `after ${this.checks.maxSteps} steps the program still runs, it may be caught in a loop (tasks: ${tasks}). If it is not, raise maxSteps`;
    return new CheckFailed({ kind: "too many steps", error: () => new RuleError(text) });
  }

  /** After `main` has returned: what is ready may still run, then no task may be left. */
  private checkEnd(): void {
    this.todo = 0;
    this.found ??= this.conditions.checkEnd();
    if (this._tasks.first === null || this.checks.leaks === "ignore") return;
    this.stepLimit += CLOSING_STEPS;
    if (!this.drive(() => this._ready.size > 0, nextFifo)) return;
    const left = [...allTasks(this)].filter((task) => task.cancelling() === 0);
    if (left.length === 0) return;
    const stacks = left.map((task) =>
      [task.getName(), ...task.getStack().map((f) => `${f.name} (${f.file}:${f.line})`)].join(" at "),
    );
    this.note(
      "leaked task",
      () =>
        new RuleError(
          `main has ended, and no task waits for ${stacks.join("; ")}. Await it, cancel it, or put it into a TaskGroup`,
        ),
    );
  }

  /** As `run` ends. */
  private finish(): void {
    this.stepLimit = this.steps + CLOSING_STEPS;
    this.last = null;
    this.ran = null;
    this.conditions.clear();
    const left = this._tasks.first === null ? [] : [...allTasks(this)];
    for (const task of left) task.cancel();
    if (left.length > 0) this.drive(() => left.some((task) => !task.done()), nextFifo);
    if (this._asyncgens.size > 0) {
      const closing = this.createTask(this.shutdownAsyncgens());
      this.drive(() => !closing.done(), nextFifo);
    }
    // The loop of run() goes on for some iterations: what is on its way to a waiter is not lost.
    let iterations = 0;
    this.todo = 0;
    this.drive(() => this.todo > 0 || (this._ready.size > 0 && iterations++ < CLOSING_ITERATIONS), nextFifo);
    if (this.main?.done() && !this.main.cancelled()) this.main.exception();
    for (const task of left) {
      const exception = task.done() && !task.cancelled() ? task.exception() : null;
      if (exception === null || task === this.main) continue;
      this.callExceptionHandler({
        message: "unhandled exception when the left-over tasks were cancelled",
        exception,
        task,
      });
    }
    if (this.found !== null) this.forget(left);
    this.close();
  }

  /** After a fault: what is left over is not reported. */
  private forget(left: readonly Task<unknown>[]): void {
    for (const task of left) if (!task.done()) this._unregister(task);
  }

  /** For `waitAllTasksBlocked`. */
  untilQuiet(): Future<void> {
    const future = new Future<void>({ loop: this });
    future._owner = { describeWait: () => "all other tasks to be blocked" };
    this.quiet.push(future);
    return future;
  }
}

// Until a program makes a simulated one.
setNetwork(World.prototype, noNetwork);
