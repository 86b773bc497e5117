/** What `top` and `record` put into a process for as long as they look on: an instrument, and a connection to them. */

import type { Stats } from "../../inspect/habits.ts";
import type { RecordedEvent } from "../../inspect/recording.ts";
import type { Common, Own, Row, Slice } from "../../inspect/slices.ts";
import type { SharedData, UnaskedData } from "../../inspect/snapshot.ts";
import type { ThreadHead } from "./look.ts";

export type FromAgent =
  | { readonly hello: string }
  | { readonly stats: Stats }
  | { readonly head: ThreadHead; readonly at: number; readonly unasked: readonly UnaskedData[] }
  | { readonly slice: Slice; readonly shared: readonly SharedData[] }
  /** For how long the thread was stopped, in milliseconds, to make the message that follows. */
  | { readonly took: number }
  | { readonly events: readonly RecordedEvent[]; readonly dropped: number }
  | { readonly failed: string };

/** What the kernel has, as far as the agent needs it. */
interface AnyTask {
  getName(): string;
  done(): boolean;
  cancelled(): boolean;
  cancelling(): number;
  readonly _waitsFor: AnyFuture | null;
}

interface AnyFuture {
  readonly _owner?: object | null;
  readonly getCoro?: unknown;
  readonly _value: unknown;
  getName?(): string;
  done(): boolean;
  cancelled(): boolean;
  _unretrieved(): boolean;
}

interface Line {
  readonly length: number;
}

/** It knows its holder. */
interface AnyLock {
  readonly _waiters: Line | null;
  locked(): boolean;
  holders(): readonly object[];
}

interface AnyQueue {
  readonly maxsize: number;
  readonly _getters: Line;
  readonly _putters: Line;
  qsize(): number;
}

interface AnyLoop {
  readonly _unretrieved: { futures(): readonly AnyFuture[] };
}

interface Registry {
  readonly diagnostics: Record<string, (...args: never[]) => unknown>;
  readonly loops: ReadonlySet<AnyLoop>;
  readonly runningLoop: AnyLoop | null;
  readonly nativeLoop: AnyLoop | null;
  readonly eventLoop: AnyLoop | null;
}

interface Look extends ThreadHead {
  slice(budget: number): Slice;
}

/**
 * Runs in a thread of the process, and so names nothing that stands outside of it. Returns "" or why it does not work.
 * It ends with the connection, however that ends, and holds the process no longer than it would live without it. Times
 * are told in milliseconds since `epoch` on the clock of the machine, which all threads share.
 */
export function agent(path: string, thread: string, recording: boolean, budget: number, epoch: number): string {
  const registry = (globalThis as unknown as Record<symbol, Registry>)[Symbol.for("tsyncio")] as Registry;
  const { diagnostics } = registry;
  const net = process.getBuiltinModule?.("node:net");
  if (net === undefined) return "it needs Node 20.16, 22.3 or newer";
  if (typeof diagnostics.addInstrument !== "function") return "it runs an older version of tsyncio";
  const now = performance.now.bind(performance);
  const { setTimeout, setImmediate, clearTimeout } = globalThis;
  /** Unsent bytes from which on events are dropped, and events that wait to be sent. */
  const MOST_BYTES = 16e6;
  const MANY = 2000;
  const TICK = 20;
  /** Of a name. */
  const LONGEST = 500;

  const ids = new WeakMap<object, number>();
  let lastId = 0;
  const idOf = (task: object): number => {
    let id = ids.get(task);
    if (id === undefined) {
      id = ++lastId;
      ids.set(task, id);
    }
    return id;
  };
  const began = now();
  const offset = Number(process.hrtime.bigint()) / 1e6 - epoch - began;
  const waitsSince = new WeakMap<object, number>();
  /** Which task holds a lock, since when; `exactly`, or seen so for the first time. */
  const held = new WeakMap<object, { holder: object | undefined; since: number; exactly: boolean }>();
  let [since, steps, lag, stepBegan] = [began, 0, 0, 0];
  let slow: [string, number][] = [];
  let polls = new Map<AnyTask, number>();
  let refuses = new Map<AnyTask, number>();
  let events: RecordedEvent[] = [];
  let dropped = 0;

  const socket = net.connect(path).unref();
  const send = (message: FromAgent, begun?: number): void => {
    const text = JSON.stringify(message);
    if (begun !== undefined) send({ took: now() - begun });
    socket.write(`${text}\n`);
  };
  send({ hello: thread });
  /** An error of the agent's, or of a class of the program's that it asks, must not end the process. */
  const safely = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      send({ failed: String(error) });
      socket.end();
    }
  };
  const flush = (): void => {
    if (events.length === 0 && dropped === 0) return;
    send({ events, dropped });
    events = [];
    dropped = 0;
  };
  const note = (kind: string, task: object, ...rest: unknown[]): void => {
    if (!recording) return;
    if (socket.writableLength > MOST_BYTES) dropped++;
    else events.push([Math.round((now() + offset) * 1000) / 1000, kind, idOf(task), ...rest]);
    if (events.length >= MANY) flush();
  };
  const ownerOf = (future: AnyFuture | null): Partial<AnyLock & AnyQueue> =>
    (future?._owner ?? {}) as Partial<AnyLock & AnyQueue>;
  const lockOf = (future: AnyFuture | null): AnyLock | null => {
    const owner = ownerOf(future);
    return owner.locked !== undefined && owner.holders !== undefined ? (owner as AnyLock) : null;
  };
  const queueOf = (future: AnyFuture | null): AnyQueue | null => {
    const owner = ownerOf(future);
    return owner.qsize !== undefined && owner._getters !== undefined ? (owner as AnyQueue) : null;
  };
  const count = (counts: Map<AnyTask, number>, task: AnyTask): void =>
    void counts.set(task, (counts.get(task) ?? 0) + 1);

  /** The highest five, without sorting all: there may be as many as there are tasks. */
  const highest = <T>(all: Iterable<[T, number]>, counts: (one: T) => boolean): [T, number][] => {
    const top: [T, number][] = [];
    for (const entry of all) {
      if (top.length === 5 && entry[1] <= (top[4] as [T, number])[1]) continue;
      if (!counts(entry[0])) continue;
      top.push(entry);
      top.sort((a, b) => b[1] - a[1]);
      top.length = Math.min(top.length, 5);
    }
    return top;
  };
  const longest = () => highest(slow, () => true);

  const instrument = {
    taskCreated: (task: AnyTask) => note("n", task, task.getName().slice(0, LONGEST)),
    stepBegan(task: AnyTask) {
      stepBegan = now();
      steps++;
      note("b", task);
    },
    stepEnded(task: AnyTask) {
      const took = now() - stepBegan;
      if (took > 10 && slow.push([task.getName(), took]) > MANY) slow = longest();
      note("e", task);
    },
    blocked(task: AnyTask, future: AnyFuture | null) {
      if (task.cancelling() > 0) count(refuses, task);
      if (future === null) {
        count(polls, task);
        return note("t", task);
      }
      waitsSince.set(task, now());
      const lock = lockOf(future);
      if (lock !== null) {
        const [holder] = lock.holders();
        if (held.get(lock)?.holder !== holder) held.set(lock, { holder, since: now(), exactly: false });
      }
      if (!recording) return;
      const isTask = typeof future.getCoro === "function";
      note("w", task, (future._owner ?? future).constructor.name, isTask ? idOf(future) : null);
    },
    woken(task: AnyTask, future: AnyFuture, by: AnyTask | null) {
      waitsSince.delete(task);
      const lock = lockOf(future);
      // It is the next to have it.
      if (lock !== null && !future.cancelled()) held.set(lock, { holder: task, since: now(), exactly: true });
      note("k", task, by === null ? null : idOf(by));
    },
    cancelled: (task: AnyTask, by: AnyTask | null) => note("c", task, by === null ? null : idOf(by)),
    taskDone(task: AnyTask) {
      polls.delete(task);
      refuses.delete(task);
      note("d", task, task.cancelled() ? "cancelled" : "done");
    },
  };

  const named = (counts: Map<AnyTask, number>): [string, number][] =>
    highest(counts, (task) => !task.done()).map(([task, times]) => [task.getName(), times]);
  const sendStats = (): void => {
    const at = now();
    send({
      stats: {
        over: (at - since) / 1000,
        steps,
        lag,
        slow: longest(),
        polls: named(polls),
        refuses: named(refuses),
      },
    });
    [since, steps, lag, slow, polls, refuses] = [at, 0, 0, [], new Map(), new Map()];
  };
  const heldFor = (lock: AnyLock, at: number): { held?: number; longer?: true } => {
    const noted = held.get(lock);
    // Tasks were in line all the time: nothing was handed over.
    if (noted === undefined) return { held: (at - began) / 1000, longer: true };
    if (noted.holder !== lock.holders()[0]) return {};
    return { held: (at - noted.since) / 1000, ...(noted.exactly ? {} : { longer: true as const }) };
  };
  const sharedOf = (thing: AnyQueue | AnyLock, at: number): SharedData => {
    const [id, { name }] = [idOf(thing), thing.constructor];
    if ("qsize" in thing) {
      const { maxsize, _getters, _putters } = thing;
      const counts = { size: thing.qsize(), maxsize, getters: _getters.length, putters: _putters.length };
      return { id, kind: "queue", name, ...counts };
    }
    const holders = thing.holders().map(idOf);
    return { id, kind: "lock", name, holders, waiters: thing._waiters?.length ?? 0, ...heldFor(thing, at) };
  };
  const unasked = (): UnaskedData[] => {
    const { loops, runningLoop, nativeLoop, eventLoop } = registry;
    const all = new Set([...loops, runningLoop, nativeLoop, eventLoop]);
    const failed = [...all].flatMap((loop) => loop?._unretrieved.futures().filter((one) => one._unretrieved()) ?? []);
    return failed.slice(0, 100).map((future) => {
      const error = future._value;
      return { task: future.getName?.() ?? null, error: error instanceof Error ? String(error.name) : typeof error };
    });
  };
  /** One that is asked for while another is under way takes its place. */
  let current: Look | null = null;
  const look = (): void => {
    const asked = now();
    const tasks = new Map<number, AnyTask>();
    const numbered = (task: AnyTask): number => {
      const id = idOf(task);
      tasks.set(id, task);
      return id;
    };
    const looking = diagnostics.lookAtThread?.(false as never, numbered as never) as Look;
    current = looking;
    const { format, loops, running } = looking;
    flush();
    send({ head: { format, loops, running }, at: now() + offset, unasked: unasked() }, asked);
    const commons: Common[] = [];
    const described = new Set<object>();
    const next = (): void => {
      if (socket.destroyed || current !== looking) return;
      const start = now();
      const slice = looking.slice(budget);
      for (const common of slice.commons) commons.push(common);
      const shared: SharedData[] = [];
      const rows = slice.rows.map((row): Row => {
        const [id, name, common, known] = row;
        if (commons[common]?.state !== "waiting") return row;
        const task = tasks.get(id) as AnyTask;
        const at = waitsSince.get(task);
        const longer: Own = { waited: (start - began) / 1000, longer: true };
        // Debug mode knows it too.
        const own: Own = at !== undefined ? { waited: (start - at) / 1000 } : (known ?? longer);
        const thing = queueOf(task._waitsFor) ?? lockOf(task._waitsFor);
        if (thing === null) return [id, name, common, own];
        if (!described.has(thing)) shared.push(sharedOf(thing, start));
        described.add(thing);
        return [id, name, common, { ...own, shared: idOf(thing) }];
      });
      send({ slice: { ...slice, rows }, shared }, start);
      if (slice.left > 0) setImmediate(safely, next);
      else current = null;
    };
    next();
  };

  let due = now() + TICK;
  const tick = (): void => {
    lag = Math.max(lag, now() - due);
    safely(flush);
    due = now() + TICK;
    timer = setTimeout(tick, TICK).unref();
  };
  let timer = setTimeout(tick, TICK).unref();
  socket.setEncoding("utf8").on("data", (text: unknown) => {
    for (const command of String(text).split("\n")) {
      if (command === "look") safely(look);
      if (command === "stats") safely(sendStats);
      if (command === "flush") safely(flush);
    }
  });
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => {
    clearTimeout(timer);
    try {
      diagnostics.removeInstrument?.(instrument as never);
    } catch {
      // It has thrown, and was removed.
    }
  });
  diagnostics.addInstrument(instrument as never);
  return "";
}
