/** A coroutine on real time as a test: what it waits for is told when the time is over, and nothing of it is left. */

import { CancelledError, TimeoutError } from "../../base/errors.ts";
import { taskStackLines } from "../../diagnostics/stack.ts";
import { formatTaskTree } from "../../diagnostics/taskTree.ts";
import { debugByEnvironment } from "../../host/loops.ts";
import { PlatformHost } from "../../host/platform.ts";
import { EventLoop } from "../../kernel/loop.ts";
import type { Coroutine, Native } from "../../kernel/protocol.ts";
import { kernel } from "../../kernel/state.ts";
import type { Task } from "../../kernel/task.ts";
import { allTasks } from "../../tasks/allTasks.ts";
import { run } from "../../tasks/runner.ts";
import { watchForStuck } from "./stuckWatch.ts";

/** Options of `test.run`. */
export interface RunTestOptions {
  /** Whether the loop runs in debug mode. Defaults to whether `TSYNCIO_DEBUG` is set. */
  debug?: boolean;
}

/** The test that the run is for. */
export interface TestSlot {
  /** In milliseconds; Infinity for none. */
  readonly timeout: number;
  /** Aborted when the runner gives up the test. */
  readonly signal: AbortSignal;
  /** Has the runner wait for `ended` before it goes on to the next test. */
  after(ended: () => Promise<void>): void;
}

/** Kept before a test could replace them. */
const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
const now = performance.now.bind(performance);

/**
 * How many milliseconds before the runner's own report, which says nothing, ours must come; at most a fifth of the
 * timeout.
 */
const EARLIER = 500;
/** How many milliseconds it waits for the cleanup, whose error it can tell then. */
const CLEAN_UP = 50;
/** A run that goes on for this many milliseconds after its cancellation is stopped. */
const GRACE = 1000;

/**
 * Runs the coroutine as `run` does, and returns its result.
 *
 * @throws TimeoutError with the tree of its tasks, shortly before the test's timeout, after the run has been cancelled.
 * DeadlockError as soon as nothing can wake the run.
 */
export async function runTest(
  main: () => Coroutine<unknown> | Native<unknown>,
  slot: TestSlot,
  options: RunTestOptions = {},
): Promise<unknown> {
  // A coroutine may begin the subtests of its test: they wait for the end of the turn, as each run has a loop of its
  // own.
  if (kernel.runningLoop !== null) await null;
  const timed = new TimedRun(main() as Coroutine<unknown>, slot, options.debug ?? debugByEnvironment());
  slot.after(() => timed.ended);
  return timed.outcome;
}

class TimedRun {
  /** Settled as the test is to be. */
  readonly outcome: Promise<unknown>;
  /** Resolved when nothing is left of the run. */
  readonly ended: Promise<void>;
  private readonly slot: TestSlot;
  private readonly began = now();
  private readonly loop: EventLoop;
  private readonly main: Task<unknown> | undefined;
  private readonly undo: (() => void)[] = [];
  /** Why the run was cancelled. */
  private timeoutError: Error | null = null;
  private told = false;
  private stopped = false;
  private tell!: (error: Error) => void;

  constructor(coro: Coroutine<unknown>, slot: TestSlot, debug: boolean) {
    this.slot = slot;
    const host = new RunHost();
    this.loop = new EventLoop({ host, debug });
    const result = run(coro, { loopFactory: () => this.loop });
    this.main = allTasks(this.loop).values().next().value;
    const finished = result.then(
      (value) => {
        this.finish(null);
        return value;
      },
      (error: unknown) => this.finish({ error }),
    );
    const early = new Promise<never>((_, reject) => {
      this.tell = reject;
    });
    this.ended = finished.then(ignore, ignore);
    this.outcome = Promise.race([finished, early]);
    this.undo.push(watchForStuck(this.loop, () => host.stuck()));
    this.watchTime();
  }

  private watchTime(): void {
    const { timeout, signal } = this.slot;
    const aborted = (): void => this.aborted();
    signal.addEventListener("abort", aborted);
    this.undo.push(() => signal.removeEventListener("abort", aborted));
    if (!Number.isFinite(timeout)) return;
    const earlier = Math.min(EARLIER, timeout / 5);
    const timer = setTimeout(() => this.timeUp(Math.min(CLEAN_UP, earlier / 4)), timeout - earlier);
    (timer as { unref?(): void }).unref?.(); // The process stays for the runner's.
    this.undo.push(() => clearTimeout(timer));
  }

  private timeUp(cleanUp: number): void {
    const { timeout } = this.slot;
    const error = this.cancel(`after ${Math.round(now() - this.began)} of ${timeout} ms the test has not ended`);
    const timer = setTimeout(() => this.tellRunner(error), cleanUp);
    this.undo.push(() => clearTimeout(timer));
  }

  /** The runner has an error of its own by now, and shows no other: the tree is printed. */
  private aborted(): void {
    if (this.told) return;
    const error = this.timeoutError ?? this.cancel("the runner has given the test up");
    console.error(error.stack);
    this.tellRunner(error);
  }

  private tellRunner(error: Error): void {
    this.told = true;
    this.tell(error);
  }

  private cancel(reason: string): Error {
    this.timeoutError = timeoutError(this.loop, this.main, reason);
    this.main?.cancel();
    const timer = setInterval(() => this.stop(), GRACE);
    this.undo.push(() => clearInterval(timer));
    return this.timeoutError;
  }

  private stop(): void {
    if (!this.loop.isRunning()) return;
    if (!this.stopped) {
      console.error(
        `The run of a test whose time was over did not end when it was cancelled. It is stopped:\n\n${indentedTree(this.loop)}\n`,
      );
    }
    this.stopped = true;
    this.loop.stop();
  }

  /** Nothing of the run is left. */
  private finish(thrown: { error: unknown } | null): void {
    for (const step of this.undo) step();
    const { timeoutError } = this;
    if (timeoutError === null) {
      if (thrown !== null) throw thrown.error;
      return;
    }
    if (thrown !== null && !this.stopped && !(thrown.error instanceof CancelledError)) {
      if (this.told) console.error("The run of a test whose time was over has failed in its cleanup:", thrown.error);
      else timeoutError.cause = thrown.error;
    }
    throw timeoutError;
  }
}

/** Lets the watch say that the loop is stuck. */
class RunHost extends PlatformHost {
  stuck: () => void = () => {};

  override begin(turn: () => void, stuck: () => void): void {
    this.stuck = stuck;
    super.begin(turn, stuck);
  }
}

function timeoutError(loop: EventLoop, main: Task<unknown> | undefined, reason: string): Error {
  const error = new TimeoutError(`${reason}, and was cancelled. Its tasks then:\n\n${indentedTree(loop)}\n`);
  // Runners show the place of the innermost frame.
  const stack = main === undefined || main.done() ? [] : taskStackLines(main);
  error.stack = [String(error), ...stack].join("\n");
  return error;
}

function indentedTree(loop: EventLoop): string {
  return (formatTaskTree(loop) || "none").replaceAll(/^/gm, "  ");
}

function ignore(): void {}
