/**
 * A look at the tasks of this thread, as plain data. It reads what the kernel has anyway: nothing is noted while
 * programs run. An inspector calls it in the middle of whatever runs, so it changes nothing, and goes no further than
 * it is told at a time.
 */

import {
  FORMAT,
  type LoopData,
  type Place,
  type TaskData,
  type TaskState,
  type ThreadData,
  type Via,
} from "../inspect/snapshot.ts";
import { waitWords } from "../inspect/words.ts";
import { lastMessage } from "../kernel/cancellation.ts";
import { hasBegun } from "../kernel/flags.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { isHeld, watchersOf } from "./awaitedBy.ts";
import { requestOf, stepEnds } from "./debugMode.ts";
import {
  coroutinesOf,
  ownLines,
  parseLine,
  probeCoroutine,
  runningPlaces,
  runningStack,
  withoutOurs,
} from "./stack.ts";

type AnyFuture = Future<unknown>;
type AnyTask = Task<unknown>;

/** The number of a task, for an observer that keeps its own. */
type IdOf = (task: object) => number;

/** How many tasks a report from inside has the stacks of. */
const WITH_STACK = 1000;
/**
 * At most this many coroutines of a task are read, and this many lines of each: the program stands still for it, and
 * ten thousand lines take a second.
 */
const DEEPEST = 100;
/** What stands in the place of frames that were not read. */
const MORE: Place = { name: "…", file: "", line: 0, column: 0 };
/** No place in `stacks`. */
const NO_STACK = -1;

/** A part of what there is to see: what has been found since the last one. */
export interface Slice {
  readonly tasks: TaskData[];
  readonly stacks: Place[][];
  /** How many tasks are left to be described. */
  left: number;
}

export class Look {
  readonly format: typeof FORMAT = FORMAT;
  readonly loops: readonly LoopData[];
  /** Where the thread is in the middle of running code; empty if it is idle. */
  readonly running: readonly Place[];
  private readonly known: readonly EventLoop[];
  private readonly tasks: AnyTask[] = [];
  private readonly idOf: IdOf;
  private readonly stacks = new Map<string, number>();
  /** By the texts of the engine, with what lies below them at the moment. */
  private readonly rawStacks = new Map<string, number>();
  private readonly withStack: number;
  private readonly values: boolean;
  private next = 0;

  /**
   * `values` adds what the program has written: the messages of `cancel()`. The first `withStack` tasks have their
   * stacks.
   */
  constructor(
    loops: Iterable<EventLoop>,
    {
      values = false,
      running = [] as readonly Place[],
      withStack = Number.POSITIVE_INFINITY,
      idOf = null as IdOf | null,
    } = {},
  ) {
    this.withStack = withStack;
    this.known = [...loops];
    this.values = values;
    this.running = running;
    this.idOf = idOf ?? inOrder();
    this.loops = this.known.map((loop, id) => ({
      id,
      name: loop === kernel.nativeLoop ? "loop of native code" : `loop ${id + 1}`,
      running: loop.isRunning(),
      ready: loop._ready.size,
      timers: loop._timers.size,
    }));
    // At most that many: there may be a million, and the program stands still meanwhile.
    for (const loop of this.known) {
      for (let task = loop._tasks.first; task !== null; task = task._next) this.tasks.push(task);
    }
  }

  /**
   * Describes the tasks that come next, for about `budget` milliseconds. Those that have ended meanwhile are left out.
   */
  slice(budget = Number.POSITIVE_INFINITY): Slice {
    const until = budget === Number.POSITIVE_INFINITY ? budget : performance.now() + budget;
    const slice: Slice = { tasks: [], stacks: [], left: 0 };
    while (this.next < this.tasks.length) {
      const task = this.tasks[this.next++] as AnyTask;
      if (!task.done()) slice.tasks.push(this.describe(task, slice));
      if (until !== Number.POSITIVE_INFINITY && performance.now() >= until) break;
    }
    slice.left = this.tasks.length - this.next;
    return slice;
  }

  private describe(task: AnyTask, slice: Slice): TaskData {
    const wait = waitOf(task._waitsFor);
    const { by, msg = lastMessage(task) } = requestOf(task);
    const since = stepEnds.get(task);
    return {
      id: this.idOf(task),
      loop: this.known.indexOf(task.getLoop()),
      name: task.getName(),
      state: stateOf(task),
      stack: this.stackOf(task, slice),
      waitsFor: wait === null ? null : wait.text,
      on: wait === null ? [] : wait.on.map(this.idOf),
      via: wait?.via ?? "task",
      awaitedBy: watchersOf(task).map(this.idOf),
      cancelling: task.cancelling(),
      cancelledBy: by,
      cancelMessage: this.values && task.cancelling() > 0 && msg != null ? String(msg) : undefined,
      waited: since === undefined ? since : task._loop.time() - since,
    };
  }

  /** Many tasks stand at the same place: to read the same stack once is what makes a look fast. */
  private stackOf(task: AnyTask, slice: Slice): number {
    if (this.next > this.withStack) return NO_STACK;
    if (task === kernel.currentTask) {
      const lines = runningStack(task, Look.prototype.slice);
      return this.placesOf(
        lines.map(({ line }) => line),
        slice,
      );
    }
    if (!hasBegun(task)) return this.placesOf([], slice);
    const coros = coroutinesOf(task);
    const probes = coros.slice(0, DEEPEST).map((coro) => probeCoroutine(coro, DEEPEST));
    const raw = probes.map((probed) => probed?.leaf.stack ?? "");
    const key = raw.join();
    let found = this.rawStacks.get(key);
    if (found === undefined) {
      const cut = coros.length > DEEPEST || raw.some((text) => text.split("\n").length > DEEPEST);
      found = this.placesOf(
        withoutOurs(probes.flatMap(ownLines), (line) => line),
        slice,
        cut,
      );
      this.rawStacks.set(key, found);
    }
    return found;
  }

  private placesOf(lines: readonly string[], slice: Slice, cut = false): number {
    const key = [...lines, cut].join("\n");
    const known = this.stacks.get(key);
    if (known !== undefined) return known;
    const added = this.stacks.size;
    this.stacks.set(key, added);
    const places = lines.map(parseLine).filter((place) => place !== null);
    if (cut) places.push(MORE);
    slice.stacks.push(places);
    return added;
  }
}

/** Numbers from 1, in the order in which tasks are described, or named in a description. */
function inOrder(): IdOf {
  const ids = new Map<object, number>();
  return (task) => {
    const id = ids.get(task) ?? ids.size + 1;
    ids.set(task, id);
    return id;
  };
}

/**
 * The tasks of `loop` and where they stand, all at once: of a million tasks only a limited number, so that a program
 * does not stand still for it.
 */
export function lookAt(loop: EventLoop): ThreadData {
  const look = new Look([loop], { withStack: WITH_STACK });
  const { tasks, stacks } = look.slice();
  return { format: FORMAT, loops: look.loops, tasks, stacks, running: [] };
}

/** For an inspector: all loops of the thread that have begun and are not closed, and what runs at this moment. */
export function lookAtThread(values: boolean, idOf: IdOf | null = null): Look {
  return new Look(loopsOfThread(), { values, idOf, running: runningPlaces(lookAtThread) });
}

/** All that have begun and are not closed. */
export function loopsOfThread(): ReadonlySet<EventLoop> {
  const loops = new Set(kernel.loops);
  for (const loop of [kernel.runningLoop, kernel.nativeLoop, kernel.eventLoop]) if (loop !== null) loops.add(loop);
  return loops;
}

export function stateOf(task: AnyTask): TaskState {
  if (task === kernel.currentTask) return "running";
  if (!hasBegun(task)) return "new";
  return task._waitsFor?.done() === false ? "waiting" : "ready";
}

/** What is known of a wait. */
interface WaitFor {
  readonly text: string;
  /** The tasks whose end, or whose release of a lock, would end it. */
  readonly on: readonly AnyTask[];
  readonly via: Via;
}

/** Of `future` that is done nothing is said but that; null for a task that waits for no future. */
function waitOf(future: AnyFuture | null): WaitFor | null {
  if (future === null) return null;
  if (future.done()) return { text: "", on: [], via: "task" };
  const on = new Set<AnyTask>();
  const seen = new Set<AnyFuture>();
  const follow = (inner: AnyFuture): void => {
    if (seen.has(inner) || inner.done()) return;
    seen.add(inner);
    if (isTask(inner)) on.add(inner);
    else for (const holder of inner._owner?.holders?.() ?? []) follow(holder);
  };
  follow(future);
  const via = isTask(future) ? "task" : isHeld(future) ? "hold" : "part";
  return { text: future._owner?.describeWait?.(future) ?? String(future), on: [...on], via };
}

/** What a task waits for, in words. */
export function waitText(task: AnyTask): string {
  const wait = waitOf(task._waitsFor);
  if (wait === null) return "its next turn";
  return waitWords(
    wait.text,
    wait.on.map((on) => on.getName()),
    wait.via,
  );
}

function isTask(future: AnyFuture): future is AnyTask {
  return typeof (future as AnyTask).getCoro === "function";
}
