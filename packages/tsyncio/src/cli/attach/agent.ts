/** What `top` and `record` put into a process for as long as they look on: an instrument, and a connection to them. */

import type { RecordedEvent } from "../../inspect/recording.ts";
import type { Slice, ThreadHead } from "./look.ts";

/** Of all steps since the last time. */
export interface Stats {
  /** In seconds. */
  readonly over: number;
  readonly steps: number;
  /** How late the timers of the process are at most, in milliseconds. */
  readonly lag: number;
  /** The longest steps: the name of the task, and milliseconds. */
  readonly slow: readonly (readonly [name: string, took: number])[];
  /** Tasks that gave up their turn by `sleep(0)` and alike, and how often. */
  readonly polls: readonly (readonly [name: string, times: number])[];
  /** Tasks that were asked to cancel, and have gone on to wait for something else since: how often. */
  readonly refuses: readonly (readonly [name: string, times: number])[];
}

export type FromAgent =
  | { readonly stats: Stats }
  | { readonly head: ThreadHead; readonly at: number }
  | { readonly slice: Slice; readonly took: number }
  | { readonly events: readonly RecordedEvent[]; readonly dropped: number };

/** What the kernel has, as far as the agent needs it. */
interface AnyTask {
  getName(): string;
  done(): boolean;
  cancelled(): boolean;
  cancelling(): number;
  getCoro?: unknown;
}

interface Look extends ThreadHead {
  slice(budget: number): Slice;
}

/**
 * Runs in the process, and so names nothing that stands outside of it. Returns "" or why it does not work. It ends with the
 * connection, however that ends, and holds the process no longer than it would live without it.
 */
export function agent(path: string, recording: boolean, budget: number): string {
  const registry = globalThis as unknown as Record<
    symbol,
    { diagnostics: Record<string, (...args: never[]) => unknown> }
  >;
  const { diagnostics } = registry[Symbol.for("tsyncio")] as {
    diagnostics: Record<string, (...args: never[]) => unknown>;
  };
  const net = process.getBuiltinModule?.("node:net");
  if (net === undefined) return "it needs Node 20.16, 22.3 or newer";
  if (typeof diagnostics.addInstrument !== "function") return "it runs an older version of tsyncio";
  const now = performance.now.bind(performance);
  const { setTimeout, setImmediate, clearTimeout } = globalThis;
  /** Unsent bytes from which on events are dropped, and events that wait to be sent. */
  const MOST_BYTES = 16e6;
  const MANY = 2000;
  const TICK = 20;

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
  const waitsSince = new WeakMap<object, number>();
  let [since, steps, lag, stepBegan] = [began, 0, 0, 0];
  let slow: [string, number][] = [];
  let polls = new Map<AnyTask, number>();
  let refuses = new Map<AnyTask, number>();
  let events: RecordedEvent[] = [];
  let dropped = 0;

  const socket = net.connect(path).unref();
  const send = (message: FromAgent): void => void socket.write(`${JSON.stringify(message)}\n`);
  const flush = (): void => {
    if (events.length === 0 && dropped === 0) return;
    send({ events, dropped });
    events = [];
    dropped = 0;
  };
  const note = (kind: string, task: object, ...rest: unknown[]): void => {
    if (!recording) return;
    if (socket.writableLength > MOST_BYTES) dropped++;
    else events.push([Math.round((now() - began) * 1000) / 1000, kind, idOf(task), ...rest]);
    if (events.length >= MANY) flush();
  };
  const count = (counts: Map<AnyTask, number>, task: AnyTask): void =>
    void counts.set(task, (counts.get(task) ?? 0) + 1);

  const instrument = {
    taskCreated: (task: AnyTask) => note("n", task, task.getName()),
    stepBegan(task: AnyTask) {
      stepBegan = now();
      steps++;
      note("b", task);
    },
    stepEnded(task: AnyTask) {
      const took = now() - stepBegan;
      if (took > 10) slow.push([task.getName(), took]);
      note("e", task);
    },
    blocked(task: AnyTask, future: { _owner?: object | null; getCoro?: unknown } | null) {
      if (task.cancelling() > 0) count(refuses, task);
      if (future === null) {
        count(polls, task);
        return note("t", task);
      }
      waitsSince.set(task, now());
      if (!recording) return;
      const isTask = typeof future.getCoro === "function";
      note("w", task, (future._owner ?? future).constructor.name, isTask ? idOf(future) : null);
    },
    woken(task: AnyTask, _future: object, by: AnyTask | null) {
      waitsSince.delete(task);
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
    [...counts]
      .filter(([task]) => !task.done())
      .sort((a, b) => b[1] - a[1])
      .slice(0, 5)
      .map(([task, times]) => [task.getName(), times]);
  const sendStats = (): void => {
    const at = now();
    slow.sort((a, b) => b[1] - a[1]);
    send({
      stats: {
        over: (at - since) / 1000,
        steps,
        lag,
        slow: slow.slice(0, 5),
        polls: named(polls),
        refuses: named(refuses),
      },
    });
    [since, steps, lag, slow, polls, refuses] = [at, 0, 0, [], new Map(), new Map()];
  };
  const look = (): void => {
    const tasks = new Map<number, object>();
    const numbered = (task: object): number => {
      const id = idOf(task);
      tasks.set(id, task);
      return id;
    };
    const looking = diagnostics.lookAtThread?.(false as never, numbered as never) as Look;
    const { format, loops, running } = looking;
    flush();
    send({ head: { format, loops, running }, at: now() - began });
    const next = (): void => {
      if (socket.destroyed) return;
      const start = now();
      const slice = looking.slice(budget);
      const timed = slice.tasks.map((task) => {
        if (task.state !== "waiting") return task;
        const at = waitsSince.get(tasks.get(task.id) as object);
        if (at === undefined) return { ...task, waited: (start - began) / 1000, longer: true as const };
        return { ...task, waited: (start - at) / 1000 };
      });
      send({ slice: { ...slice, tasks: timed }, took: now() - start });
      if (slice.left > 0) setImmediate(next);
    };
    next();
  };

  let due = now() + TICK;
  const tick = (): void => {
    lag = Math.max(lag, now() - due);
    flush();
    due = now() + TICK;
    timer = setTimeout(tick, TICK).unref();
  };
  let timer = setTimeout(tick, TICK).unref();
  socket.setEncoding("utf8").on("data", (text: unknown) => {
    for (const command of String(text).split("\n")) {
      if (command === "look") look();
      if (command === "stats") sendStats();
      if (command === "flush") flush();
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
