/** The one mutable record of the runtime: which task runs now, and what the leaf that suspended waits for. */

import { DEV } from "#dev";
import { RuntimeError } from "../base/errors.ts";
import { sharedRecord } from "../base/sharedRecord.ts";
import type { LazyContext } from "./context.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Executor } from "./executor.ts";
import type { Frame } from "./frame.ts";
import type { Future } from "./future.ts";
import type { Host } from "./host.ts";
import type { Instruments } from "./instrument.ts";
import type { EventLoop } from "./loop.ts";
import { type Awaitable, Suspend, type Suspended } from "./protocol.ts";
import type { Task } from "./task.ts";

/** Shared by all copies of the package in a process, so that they agree on the running loop. */
export interface Kernel {
  /** The one result that every leaf returns to suspend its task. */
  readonly suspended: Suspended;
  /** What a leaf yields when it is begun a second time: see yielded.ts. */
  readonly alreadyAwaited: Suspend;
  /** What a leaf leaves in `blockedOn` for a bare yield. */
  readonly turn: Turn;
  /** The value that asks a suspended leaf for its stack. See probe.ts. */
  readonly probe: object;
  runningLoop: EventLoop | null;
  /** The loop that `setEventLoop` has set. */
  eventLoop: EventLoop | null;
  currentTask: Task<unknown> | null;
  /** The context variables here and now: see context.ts. */
  context: LazyContext;
  /** Set by a leaf as it suspends: the future it waits for, or `TURN`. Null once the task has taken it. */
  blockedOn: Future<unknown> | Turn | null;
  /** The frames that suspended in this step, innermost first. Handed to the task. See frame.ts. */
  innermost: Frame | null;
  outermost: Frame | null;
  /** The leaf that has last refused to be begun a second time, and what it waits for; null for a frame. */
  refused: { leaf: object; future: Future<unknown> | Turn | null } | null;
  /** How many flat coroutines run inside each other on the engine's stack. See frame.ts. */
  nesting: number;
  /** What the last probed leaf captured. */
  probed: Error | null;
  /** Null while there is no instrument, which costs one test. */
  instrument: Instruments | null;
  /** Stacks, debug mode and reports for people. Null where they are left out. */
  diagnostics: Diagnostics | null;
  /** Runs each step inside something of the host's, such as an async context. Null when not wanted. */
  ambient: Ambient | null;
  /** What keeps the `AsyncLocalStorage` of tasks. Null where there is none: in browsers. */
  makeAmbient: (() => Ambient | null) | null;
  /** Told of each `task.cancel()`. Null while no task has a signal: see interop/abortSignals. */
  onCancel: ((task: Task<unknown>, msg: unknown) => void) | null;
  /**
   * Makes the host of a loop on real time; that of native code says whether it has tasks. Null where there is no
   * process: then a loop has just the turns of the platform.
   */
  makeHost: ((hasTasks?: () => boolean) => Host) | null;
  /** Makes the default executor of a loop. Null until tsyncio/executors is there. */
  makeExecutor: (() => Executor) | null;
  /** `toPromise`, for native code that awaits a coroutine. Set by the entries. */
  promiseOf: (<T>(awaitable: Awaitable<T>) => Promise<T>) | null;
  taskCount: number;
  loops: Set<EventLoop>;
  /** What native code begins where no `run` is alive runs here. Null until there is something. */
  nativeLoop: EventLoop | null;
}

/** The type of `TURN`. A primitive: an object would cost each turn a barrier of the garbage collector's. */
export type Turn = true;

/** Carries something of the host's along with tasks and callbacks: see host/nodeStores. */
export interface Ambient {
  /** With every task; else with what native code has begun, and with the tasks that this makes. */
  everywhere: boolean;
  /** Called when a task or a callback is made. */
  capture(): unknown;
  /** Calls `step.call(owner)` inside; returns what to keep for the next step. */
  run(captured: unknown, step: () => void, owner: object): unknown;
}

const record = (): Kernel => ({
  suspended: Object.freeze({ done: false, value: new Suspend() }),
  alreadyAwaited: new Suspend(),
  turn: true,
  probe: Object.freeze({ probe: true }),
  runningLoop: null,
  eventLoop: null,
  currentTask: null,
  context: null as never, // context.ts puts the outermost context here
  blockedOn: null,
  innermost: null,
  outermost: null,
  refused: null,
  nesting: 0,
  probed: null,
  instrument: null,
  diagnostics: null,
  ambient: null,
  makeAmbient: null,
  onCancel: null,
  makeHost: null,
  makeExecutor: null,
  promiseOf: null,
  taskCount: 0,
  loops: new Set(),
  nativeLoop: null,
});

/**
 * Modules whose code runs in each step take this into a constant of their own, and so they do with the values below.
 * V8 reads what is exported or imported from a cell, each time, and then looks at its shape; a constant of a module's
 * own becomes part of the code. A switch takes a tenth less.
 */
export const kernel: Kernel = sharedRecord("tsyncio", record);

export const SUSPENDED: Suspended = kernel.suspended;
export const SUSPEND: Suspend = kernel.suspended.value;
export const PROBE: object = kernel.probe;

/** A task that waits for this is ready at once: other tasks have their turn. */
export const TURN: Turn = kernel.turn;

export const ALREADY_AWAITED: Suspend = kernel.alreadyAwaited;

// As constants of this module's own: what is exported is read from a cell.
const own = kernel;
const suspended = SUSPENDED;

const REFUSED: Suspended = { done: false, value: ALREADY_AWAITED };

/**
 * Suspends the task that runs until `future` is done. Frames that are still there are those of a coroutine that was
 * begun without a task to take it, as by `const [x] = f()`: they are none of this task's.
 */
export function suspendOn(future: Future<unknown> | Turn): Suspended {
  own.innermost = null;
  own.blockedOn = future;
  return suspended;
}

/**
 * Called by a leaf that waits for `future`, null if it cannot tell, and is begun a second time: two tasks await one
 * coroutine. The second is told so, and the first keeps it.
 *
 * @throws RuntimeError if no task has taken what the leaf left here: `for (const x of f())` would never end.
 */
export function alreadyAwaited(leaf: object, future: Future<unknown> | Turn | null): Suspended {
  checkTaken(future);
  const { refused } = kernel; // null again when a task has been told
  if (refused !== null && (refused.leaf === leaf || refused.future === future)) throw notASequence();
  kernel.refused = { leaf, future };
  return REFUSED;
}

/**
 * Called by a leaf that is closed, or begun a second time, while it waits for `future`. No task has taken what is still
 * in `blockedOn`: the program takes the coroutine apart, as in `const [x] = f()`, `[...f()]` or `for (const x of f())`.
 *
 * @throws RuntimeError then.
 */
export function checkTaken(future: object | Turn | null | undefined): void {
  if (future != null && kernel.blockedOn === future) throw notASequence();
}

/** The error of a coroutine or future that is iterated without `yield*`. */
export function notASequence(): RuntimeError {
  kernel.blockedOn = kernel.refused = kernel.innermost = kernel.outermost = null;
  const advice = DEV ? ": write `yield*` before it, as in `const [a, b] = yield* f()`" : "";
  return new RuntimeError(`a coroutine is not a sequence, nor is a future${advice}`);
}

/** Called by a leaf that was handed `PROBE`: keeps the stack and stays suspended. */
export function answerProbe(): Suspended {
  kernel.probed = new Error("probe");
  return SUSPENDED;
}
