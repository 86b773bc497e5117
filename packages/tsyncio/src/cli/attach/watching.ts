/** The instrument of `top` and `record`: what it notes of each task, and counts. */

import type { EventWriter } from "../../inspect/events.ts";
import type { Stats } from "../../inspect/habits.ts";
import type { LockData, SharedData } from "../../inspect/snapshot.ts";
import type { inTables as makeTables } from "./tables.ts";

/** What the kernel has, as far as it is needed here. */
export interface AnyTask {
  readonly _name: unknown;
  readonly _waitsFor: AnyFuture | null;
  getName(): string;
  cancelled(): boolean;
  cancelling(): number;
}

export interface AnyFuture {
  readonly _owner?: object | null;
  readonly _value: unknown;
  getName?(): string;
  cancelled(): boolean;
  _unretrieved(): boolean;
}

interface Line {
  readonly length: number;
}

/** It knows its holder. */
interface AnyLock {
  readonly _waiters: Line | null;
  holders(): readonly object[];
}

interface AnyQueue {
  readonly maxsize: number;
  readonly _getters: Line;
  readonly _putters: Line;
  qsize(): number;
}

/** What is watched in a thread. Times are milliseconds of its clock. */
export interface Watching {
  /** For `addInstrument`. */
  readonly instrument: object;
  numberOf(task: object): number;
  /** Since when it has been waiting, if that was seen. */
  waitsSince(task: object): number | undefined;
  /** Null unless it is a queue or a lock. */
  sharedOf(thing: object, at: number): SharedData | null;
  /** What has been counted since this was called last. */
  stats(lag: number): Stats;
}

/**
 * Runs in a process that is looked into, and so names nothing that stands outside of it. It is called several times in
 * each step: so it makes no objects but one for each task, and reads the clock no more often than it must.
 */
export function watch(
  inTables: typeof makeTables,
  now: () => number,
  note: EventWriter["note"],
  began: number,
): Watching {
  // The places of the kinds of events in `KINDS`.
  const [MADE, BEGINS, WAITS, TURN, WOKEN, CANCEL, DONE] = [0, 1, 2, 3, 4, 5, 6] as const;
  /** Of a name; steps that take longer are counted, in milliseconds; at most this many are kept. */
  const [LONGEST, SLOW, MANY] = [500, 10, 2000] as const;

  /** A task. */
  class Known {
    readonly id: number;
    readonly task: AnyTask;
    /** When its step has begun, and since when it has been waiting; -1 if that was not seen. */
    stepBegan = -1;
    since = -1;
    polls = 0;
    refuses = 0;
    constructor(id: number, task: AnyTask) {
      this.id = id;
      this.task = task;
    }
  }
  let lastId = 0;
  const knownOf = inTables((task) => new Known(++lastId, task as AnyTask));
  /** Most events are of the task whose step runs, or of the one that was met last. */
  let [running, last]: [Known | null, Known | null] = [null, null];
  const know = (task: object): Known => {
    if (running !== null && running.task === task) return running;
    if (last === null || last.task !== task) last = knownOf(task);
    return last;
  };

  /** What the class of a thing that tasks wait for says of it. */
  interface Sort {
    readonly name: string;
    readonly lock: boolean;
    readonly queue: boolean;
    readonly task: boolean;
  }
  const sorts = new WeakMap<object, Sort>();
  let lastClass: object | null = null;
  let lastSort: Sort;
  const sortOf = (thing: object): Sort => {
    const { constructor: own } = thing;
    if (own === lastClass) return lastSort;
    lastSort = sorts.get(own) ?? newSort(thing, own);
    lastClass = own;
    return lastSort;
  };
  const newSort = (thing: object, own: { readonly name: unknown }): Sort => {
    const has = (name: string): boolean => (thing as Record<string, unknown>)[name] !== undefined;
    const sort = {
      name: String(own.name).slice(0, LONGEST),
      lock: has("locked") && has("holders"),
      queue: has("qsize") && has("_getters"),
      task: has("getCoro"),
    };
    sorts.set(own, sort);
    return sort;
  };

  /** Which task holds a lock, since when; `exactly`, or seen so for the first time. */
  const held = new WeakMap<object, { holder: object | undefined; since: number; exactly: boolean }>();
  let [since, steps] = [began, 0];
  let slow: [string, number][] = [];
  /** The tasks that have given up their turn, or wait although they were asked to cancel. */
  const noted = new Set<Known>();

  /** The highest five, without sorting all: there may be as many as there are tasks. */
  const highest = <T>(all: Iterable<T>, countOf: (one: T) => number): T[] => {
    const top: T[] = [];
    for (const one of all) {
      const count = countOf(one);
      if (count === 0 || (top.length === 5 && count <= countOf(top[4] as T))) continue;
      top.push(one);
      top.sort((a, b) => countOf(b) - countOf(a));
      top.length = Math.min(top.length, 5);
    }
    return top;
  };
  const longest = (): [string, number][] => highest(slow, ([, took]) => took);
  const numberOf = (task: object | null): number => (task === null ? 0 : know(task).id);

  const stepEnds = ({ stepBegan, task }: Known, at: number): void => {
    const took = at - stepBegan;
    if (took > SLOW && stepBegan >= 0 && slow.push([task.getName(), took]) > MANY) slow = longest();
  };

  const instrument = {
    taskCreated(task: AnyTask): void {
      const { _name } = task;
      const number = typeof _name === "number" && _name < 2 ** 31 ? _name : 0;
      note(MADE, now(), know(task).id, number > 0 ? null : task.getName().slice(0, LONGEST), number);
    },
    stepBegan(task: AnyTask): void {
      const known = know(task);
      running = known;
      const at = now();
      known.stepBegan = at;
      steps++;
      note(BEGINS, at, known.id, null, 0);
    },
    blocked(task: AnyTask, future: AnyFuture | null): void {
      const known = know(task);
      const at = now();
      stepEnds(known, at);
      if (task.cancelling() > 0) {
        known.refuses++;
        noted.add(known);
      }
      if (future === null) {
        known.polls++;
        if (known.polls === 1) noted.add(known);
        return note(TURN, at, known.id, null, 0);
      }
      known.since = at;
      const owner = future._owner ?? future;
      const sort = sortOf(owner);
      if (sort.lock) {
        const [holder] = (owner as AnyLock).holders();
        if (held.get(owner)?.holder !== holder) held.set(owner, { holder, since: at, exactly: false });
      }
      note(WAITS, at, known.id, sort.name, sort.task ? numberOf(future) : 0);
    },
    woken(task: AnyTask, future: AnyFuture, by: AnyTask | null): void {
      const known = know(task);
      const at = now();
      known.since = -1;
      const { _owner: owner } = future;
      // It is the next to have it.
      if (owner != null && sortOf(owner).lock && !future.cancelled()) {
        held.set(owner, { holder: task, since: at, exactly: true });
      }
      note(WOKEN, at, known.id, null, numberOf(by));
    },
    cancelled: (task: AnyTask, by: AnyTask | null): void => note(CANCEL, now(), know(task).id, null, numberOf(by)),
    taskDone(task: AnyTask): void {
      const known = know(task);
      const at = now();
      stepEnds(known, at);
      if (known.polls > 0 || known.refuses > 0) noted.delete(known);
      note(DONE, at, known.id, null, task.cancelled() ? 1 : 0);
    },
  };

  const heldFor = (lock: object, holder: object | undefined, at: number): Pick<LockData, "held" | "longer"> => {
    const seen = held.get(lock);
    // Tasks were in line all the time: nothing was handed over.
    if (seen === undefined) return { held: (at - began) / 1000, longer: true };
    if (seen.holder !== holder) return {};
    return { held: (at - seen.since) / 1000, ...(seen.exactly ? {} : { longer: true as const }) };
  };
  return {
    instrument,
    numberOf,
    waitsSince(task) {
      const { since } = know(task);
      return since < 0 ? undefined : since;
    },
    sharedOf(thing, at) {
      const sort = sortOf(thing);
      if (!sort.queue && !sort.lock) return null;
      const { name } = sort;
      const id = numberOf(thing);
      if (sort.queue) {
        const queue = thing as AnyQueue;
        const { maxsize, _getters, _putters } = queue;
        const counts = { size: queue.qsize(), maxsize, getters: _getters.length, putters: _putters.length };
        return { id, kind: "queue", name, ...counts };
      }
      const lock = thing as AnyLock;
      const holders = lock.holders();
      const waiters = lock._waiters?.length ?? 0;
      return { id, kind: "lock", name, holders: holders.map(numberOf), waiters, ...heldFor(lock, holders[0], at) };
    },
    stats(lag) {
      const at = now();
      const counted = (kind: "polls" | "refuses"): [string, number][] =>
        highest(noted, (known) => known[kind]).map((known) => [known.task.getName(), known[kind]]);
      const stats = {
        over: (at - since) / 1000,
        steps,
        lag,
        slow: longest(),
        polls: counted("polls"),
        refuses: counted("refuses"),
      };
      for (const known of noted) known.polls = known.refuses = 0;
      noted.clear();
      [since, steps, slow] = [at, 0, []];
      return stats;
    },
  };
}
