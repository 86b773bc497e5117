/** What `top` and `record` put into a process for as long as they look on: an instrument, and a connection to them. */

import type { ChunkHead, eventWriter } from "../../inspect/events.ts";
import type { Stats } from "../../inspect/habits.ts";
import type { Common, Own, Row, Slice } from "../../inspect/slices.ts";
import type { SharedData, UnaskedData } from "../../inspect/snapshot.ts";
import type { AnyLook, ThreadHead } from "./look.ts";
import type { Answers } from "./spread.ts";
import type { inTables } from "./tables.ts";
import type { Tools } from "./tools.ts";
import type { AnyFuture, AnyTask, watch } from "./watching.ts";

export type FromAgent =
  | { readonly answers: Answers }
  | { readonly hello: string }
  | { readonly stats: Stats }
  | { readonly head: ThreadHead; readonly at: number; readonly unasked: readonly UnaskedData[] }
  | { readonly slice: Slice; readonly shared: readonly SharedData[] }
  /** For how long the thread was stopped, in milliseconds, to make the message that follows. */
  | { readonly took: number }
  | { readonly chunk: ChunkHead; readonly events: Uint8Array }
  /** How many events are missing. */
  | { readonly dropped: number }
  | { readonly failed: string };

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

/** What the agent is made of: sent along with it. */
export interface AgentParts {
  readonly tools: Tools;
  readonly inTables: typeof inTables;
  readonly watch: typeof watch;
  readonly eventWriter: typeof eventWriter;
}

/**
 * Runs in a thread of the process, and so names nothing that stands outside of it. It ends with the connection, however
 * that ends, and holds the process no longer than it would live without it. It has no timers: it does what it is told
 * by the connection. Times are told in milliseconds since `epoch` on the clock of the machine, which all threads share.
 */
export function agent(
  { tools, inTables, watch, eventWriter }: AgentParts,
  path: string,
  thread: string,
  recording: boolean,
  budget: number,
  epoch: number,
): void {
  const registry = (globalThis as unknown as Record<symbol, Registry>)[Symbol.for("tsyncio")] as Registry;
  const { diagnostics } = registry;
  const { now, frame, process } = tools;
  /** Unsent bytes from which on events are dropped; how many are sent at once; most things that one table has. */
  const MOST_BYTES = 16e6;
  const EVENTS = 8192;
  const MANY = 8192;
  const MOST_UNASKED = 100;
  /** The machine's clock cannot be that much ahead of the question: the program has replaced it. */
  const FAR = 10_000;

  const began = now();
  const sinceEpoch = Number(process.hrtime?.bigint?.()) / 1e6 - epoch;
  const offset = (sinceEpoch >= 0 && sinceEpoch < FAR ? sinceEpoch : 0) - began;
  let lag = 0;
  let dropped = 0;

  const socket = tools.net.connect(path).unref();
  const send = (message: FromAgent, begun?: number): void => {
    const framed = frame(message);
    if (begun !== undefined) send({ took: now() - begun });
    socket.write(framed);
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
  const writer = eventWriter(recording ? EVENTS : 0, (head, events) => {
    if (socket.writableLength > MOST_BYTES) dropped += events.length / 16;
    else send({ chunk: { ...head, begin: head.begin + offset }, events });
  });
  const watching = watch(inTables, now, recording ? writer.note : () => {}, began);
  const sendStats = (): void => {
    send({ stats: watching.stats(lag) });
    lag = 0;
  };
  const flush = (): void => {
    if (!recording) return;
    writer.flush();
    if (dropped > 0) send({ dropped });
    dropped = 0;
    sendStats();
  };
  const unasked = (): UnaskedData[] => {
    const { loops, runningLoop, nativeLoop, eventLoop } = registry;
    const found: UnaskedData[] = [];
    for (const loop of new Set([...loops, runningLoop, nativeLoop, eventLoop])) {
      for (const future of loop?._unretrieved.futures() ?? []) {
        if (found.length === MOST_UNASKED) return found;
        if (!future._unretrieved()) continue;
        const error = future._value;
        const name = error instanceof Error ? String(error.name) : typeof error;
        found.push({ task: future.getName?.() ?? null, error: name });
      }
    }
    return found;
  };
  /** The next part of the look that was asked for last. */
  let next = (): void => {};
  const look = (): void => {
    const asked = now();
    /** Those in a slice. */
    const tasks = new Map<number, AnyTask>();
    const numbered = (task: AnyTask): number => {
      const id = watching.numberOf(task);
      tasks.set(id, task);
      return id;
    };
    const looking = diagnostics.lookAtThread?.(false as never, numbered as never) as AnyLook;
    const { format, loops, running } = looking;
    flush();
    send({ head: { format, loops, running }, at: now() + offset, unasked: unasked() }, asked);
    const commons: Common[] = [];
    /** The numbers of the queues and locks that were told of; null of what is neither. */
    const described = new Map<object, number | null>();
    next = (): void => {
      const start = now();
      tasks.clear();
      const slice = looking.slice(() => now() - start >= budget);
      for (const common of slice.commons) commons.push(common);
      const shared: SharedData[] = [];
      const rows = slice.rows.map((row): Row => {
        const [id, name, common, known] = row;
        if (commons[common]?.state !== "waiting") return row;
        const task = tasks.get(id) as AnyTask;
        const at = watching.waitsSince(task);
        const longer: Own = { waited: (start - began) / 1000, longer: true };
        // Debug mode knows it too.
        const own: Own = at !== undefined ? { waited: (start - at) / 1000 } : (known ?? longer);
        const thing = task._waitsFor?._owner ?? null;
        if (thing === null) return [id, name, common, own];
        if (!described.has(thing)) {
          const data = watching.sharedOf(thing, start);
          if (data !== null) shared.push(data);
          if (described.size === MANY) described.clear(); // a large table stops the program as it grows
          described.set(thing, data?.id ?? null);
        }
        const number = described.get(thing) ?? null;
        return [id, name, common, number === null ? own : { ...own, shared: number }];
      });
      if (slice.left === 0) next = () => {};
      send({ slice: { ...slice, rows }, shared }, start);
    };
  };

  /** How late it comes is how late the loop is. */
  const tick = (sent: number): void => {
    lag = Math.max(lag, now() + offset - sent);
  };
  const obey = (command: string): void => {
    if (command === "look") look();
    else if (command === "next") next();
    else if (command === "stats") sendStats();
    else if (command === "flush") flush();
    else if (command !== "") tick(Number(command));
  };
  socket.setEncoding("utf8").on("data", (text: unknown) => {
    safely(() => {
      for (const command of String(text).split("\n")) obey(command);
    });
  });
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => {
    try {
      diagnostics.removeInstrument?.(watching.instrument as never);
    } catch {
      // It has thrown, and was removed.
    }
  });
  diagnostics.addInstrument?.(watching.instrument as never);
}
