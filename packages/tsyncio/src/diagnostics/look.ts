/**
 * A look at the tasks of this thread, as plain data. It reads what the kernel has anyway: nothing is noted while
 * programs run. An inspector calls it in the middle of whatever runs, so it changes nothing, and goes no further than
 * it is told at a time.
 */

import { printable } from "../inspect/printable.ts";
import { type Common, type Row, type Slice, Slices, WIDE } from "../inspect/slices.ts";
import { FORMAT, type LoopData, type Place, type TaskState, type ThreadData } from "../inspect/snapshot.ts";
import { lastMessage } from "../kernel/cancellation.ts";
import { hasBegun } from "../kernel/flags.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { watchersOf } from "./awaitedBy.ts";
import { boundedRunningPlaces, boundedRunningStack, boundedStack, standsAt } from "./boundedStack.ts";
import { requestOf, stepEnds } from "./debugMode.ts";
import { describeWait, isTask, said, TasksBehind, viaOf } from "./waits.ts";

type AnyFuture = Future<unknown>;
type AnyTask = Task<unknown>;

/** The number of a task, for an observer that keeps its own. */
type IdOf = (task: object) => number;

/** How many tasks a report from inside has the stacks of. */
const WITH_STACK = 1000;
/** No name, and no text of what is waited for, is longer: a program may have made one of all that it was sent. */
const LONGEST = 500;
/** At most this many tasks are listed at a time. */
const MANY = 8192;
/** No place in `stacks`. */
const NO_STACK = -1;
const NOTHING: readonly number[] = [];

export class Look {
  readonly format: typeof FORMAT = FORMAT;
  readonly loops: readonly LoopData[];
  /** Where the thread is in the middle of running code; empty if it is idle. */
  readonly running: readonly Place[];
  private readonly known: readonly EventLoop[];
  private readonly tasks: AnyTask[] = [];
  private readonly idOf: IdOf;
  /** The places of stacks by where tasks stand. */
  private readonly stacks = new Map<string, number>();
  /** The places of what tasks of a slice have in common, by its text: a large table stops the program as it grows. */
  private readonly commons = new Map<string, number>();
  /** The tasks behind an owner, as long as a slice takes: the program does not go on meanwhile. */
  private readonly behind = new Map<WaitOwner, readonly number[]>();
  /** Tasks that wait for many others, of which the rest follows. */
  private readonly wide: { readonly id: number; readonly rest: TasksBehind }[] = [];
  private stackCount = 0;
  private commonCount = 0;
  private readonly withStack: number;
  private readonly values: boolean;
  private next = 0;
  /** The place of the loop whose tasks are being listed. */
  private listing = 0;

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
  }

  /** Describes the tasks that come next, until `isOver`. Those that have ended meanwhile are left out. */
  slice(isOver: () => boolean = () => false): Slice {
    const slice: Slice = { rows: [], commons: [], stacks: [], more: [], left: 0 };
    this.behind.clear();
    this.commons.clear();
    while (this.left > 0) {
      if (this.wide.length > 0) this.goOn(slice);
      else if (this.listing < this.known.length) this.list();
      else {
        const task = this.tasks[this.next++] as AnyTask;
        if (!task.done()) slice.rows.push(this.describe(task, slice));
      }
      if (isOver()) break;
    }
    slice.left = this.left;
    return slice;
  }

  private get left(): number {
    return this.wide.length + this.known.length - this.listing + this.tasks.length - this.next;
  }

  /** Lists more tasks. All of them before the first is described: later the program makes others all the time. */
  private list(): void {
    const { tasks } = this;
    const loop = this.known[this.listing] as EventLoop;
    // Those that have ended meanwhile lead to no other.
    const last = tasks.findLast((task) => task._loop === loop && !task.done());
    let task = last === undefined ? loop._tasks.first : last._next;
    for (const end = tasks.length + MANY; task !== null && tasks.length < end; task = task._next) tasks.push(task);
    if (task === null) this.listing++;
  }

  private describe(task: AnyTask, slice: Slice): Row {
    const id = this.idOf(task);
    const common = this.commonOf(task, id, slice);
    const name = short(said(() => task.getName()));
    const waited = task._loop.time() - (stepEnds.get(task) ?? Number.NaN);
    // Not if the program has set its clock back since.
    return waited >= 0 ? [id, name, common, { waited }] : [id, name, common];
  }

  /** The place of what the task has in common with others. */
  private commonOf(task: AnyTask, id: number, slice: Slice): number {
    const { by, msg = lastMessage(task) } = requestOf(task);
    const future = task._waitsFor;
    const waits = future !== null && !future.done();
    const on = waits ? this.onOf(future, id) : NOTHING;
    const cancelling = task.cancelling();
    const common: Common = {
      loop: this.known.indexOf(task.getLoop()),
      state: stateOf(task),
      stack: this.stackOf(task, slice),
      waitsFor: future === null ? null : waits ? short(describeWait(future)) : "",
      on,
      via: waits ? viaOf(future) : "task",
      awaitedBy: watchersOf(task).map(this.idOf),
      cancelling,
      cancelledBy: by === undefined ? by : short(by),
      cancelMessage: this.values && cancelling > 0 && msg != null ? short(said(() => String(msg))) : undefined,
    };
    const { waitsFor } = common;
    // No JSON: the program may have given a prototype a toJSON().
    const key = Object.values({ ...common, waitsFor: `${waitsFor}`, on: on.length < WIDE ? on : `of ${id}` }).join(
      "\0",
    );
    let place = this.commons.get(key);
    if (place === undefined) {
      place = this.commonCount++;
      this.commons.set(key, place);
      slice.commons.push(common);
    }
    return place;
  }

  /** The tasks behind what task number `id` waits for; the first of them, if they are many. */
  private onOf(future: AnyFuture, id: number): readonly number[] {
    if (isTask(future)) return [this.idOf(future)];
    const owner = future._owner;
    if (owner?.holders === undefined) return NOTHING;
    const known = this.behind.get(owner);
    if (known !== undefined && known.length < WIDE) return known;
    const behind = new TasksBehind(future);
    const on = behind.take(WIDE).map(this.idOf);
    if (on.length === WIDE) this.wide.push({ id, rest: behind });
    this.behind.set(owner, on);
    return on;
  }

  private goOn({ more }: Slice): void {
    const { id, rest } = this.wide.at(-1) as (typeof this.wide)[number];
    const on = rest.take(WIDE).map(this.idOf);
    if (on.length > 0) more.push([id, on]);
    if (on.length < WIDE) this.wide.pop();
  }

  /** Many tasks stand at the same place: to read the same stack once is what makes a look fast. */
  private stackOf(task: AnyTask, slice: Slice): number {
    if (this.next > this.withStack) return NO_STACK;
    if (task === kernel.currentTask) return this.keep(boundedRunningStack(task, Look.prototype.slice), slice);
    const key = hasBegun(task) ? standsAt(task) : "";
    let place = this.stacks.get(key);
    if (place === undefined) {
      place = this.keep(hasBegun(task) ? boundedStack(task) : [], slice);
      this.stacks.set(key, place);
    }
    return place;
  }

  private keep(stack: Place[], slice: Slice): number {
    slice.stacks.push(stack);
    return this.stackCount++;
  }
}

function short(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, "")}…`;
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
  const slices = new Slices();
  slices.add(printable(look.slice())); // it becomes a text in any case
  const { tasks, stacks } = slices;
  return { format: FORMAT, loops: look.loops, tasks, stacks, running: [] };
}

/** For an inspector: all loops of the thread that have begun and are not closed, and what runs at this moment. */
export function lookAtThread(values: boolean, idOf: IdOf | null = null): Look {
  return new Look(loopsOfThread(), { values, idOf, running: boundedRunningPlaces(lookAtThread) });
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
