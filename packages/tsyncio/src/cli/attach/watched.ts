/** A thread of a process that is watched: what its agent answers. */

import type { Socket } from "node:net";
import { endianness } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Chunk } from "../../inspect/events.ts";
import type { Stats } from "../../inspect/habits.ts";
import { checkThread, type ThreadReport } from "../../inspect/report.ts";
import { Slices } from "../../inspect/slices.ts";
import type { SharedData, UnaskedData } from "../../inspect/snapshot.ts";
import type { FromAgent } from "./agent.ts";
import { Latch } from "./latch.ts";
import type { ThreadHead } from "./look.ts";

/** In milliseconds of the machine's clock: times are told since then. */
export const EPOCH: number = now();

/** What is sent to a thread again and again, and how often, in milliseconds. */
interface Pulse {
  readonly every: number;
  command(): number | string;
}

/** When it was sent: how late it comes is how late the loop of the thread is. */
const TICK: Pulse = { every: 20, command: () => now() - EPOCH };
/** What is recorded is sent: the process may end before it is asked. */
const FLUSH: Pulse = { every: 200, command: () => "flush" };
/** How often it is seen whether a thread is silent, in milliseconds. */
const POLL = 50;

export class WatchedThread {
  /** `main`, or the name of a worker. */
  readonly name: string;
  /** How long a part of a look has stopped the thread at most, in milliseconds. */
  longestPause = 0;
  /** When the last look has begun, in milliseconds since the epoch of the channel. */
  lookedAt = 0;
  /** Why looking into it has failed there, if it has. */
  failure: string | null = null;
  /** Told of what is recorded and counted, and of how many events are not. */
  onChunk: (chunk: Chunk) => void = () => {};
  onStats: (stats: Stats) => void = () => {};
  onDropped: (count: number) => void = () => {};
  /** It has connected. */
  readonly here: Latch = new Latch();
  /** The thread, or the connection, has ended. */
  readonly ended: Latch = new Latch();
  /** When something has come from it, or it was asked. */
  private heard = 0;
  private readonly pulse: Pulse;
  /** Null until it has connected: a worker that is busy does that later. */
  private socket: Socket | null = null;
  private waiting: ((message: FromAgent) => void) | null = null;

  constructor(name: string, recording: boolean) {
    this.name = name;
    this.pulse = recording ? FLUSH : TICK;
  }

  connected(socket: Socket): void {
    this.socket = socket;
    this.here.open();
    const { every, command } = this.pulse;
    // Of one that is blocked not all: they would wait there.
    const beat = (): unknown => socket.writableLength === 0 && socket.write(`${command()}\n`);
    const beats = setInterval(beat, every).unref();
    socket.once("close", () => {
      clearInterval(beats);
      this.ended.open();
    });
    if (socket.destroyed) this.ended.open();
  }

  receive(message: FromAgent): void {
    this.heard = performance.now();
    if ("chunk" in message) this.onChunk({ ...message.chunk, events: inBase64(Buffer.from(message.events)) });
    else if ("dropped" in message) this.onDropped(message.dropped);
    else if ("took" in message) this.longestPause = Math.max(this.longestPause, message.took);
    else if ("failed" in message) this.failure = message.failed.split("\n")[0] as string;
    else {
      if ("stats" in message) this.onStats(message.stats);
      this.waiting?.(message);
    }
  }

  /** Null if nothing comes for `patience` milliseconds: the thread is blocked. */
  async stats(patience: () => number): Promise<Stats | null> {
    return this.ask("stats", patience, (message, done) => {
      if ("stats" in message) done(message.stats);
    });
  }

  /**
   * All tasks of the thread, with the time for which they have been waiting where that was seen. Null if nothing comes
   * for `patience` milliseconds.
   */
  async look(patience: () => number): Promise<ThreadReport | null> {
    let head: ThreadHead | null = null;
    let slices = new Slices();
    const shared = new Map<number, SharedData>();
    let unasked: readonly UnaskedData[] = [];
    const seen = await this.ask<ThreadReport>("look", patience, (message, done) => {
      if ("head" in message) {
        head = message.head;
        unasked = message.unasked;
        this.lookedAt = message.at;
        slices = new Slices(); // what came before is of a look that was given up
        shared.clear();
        this.socket?.write("next\n");
      }
      if (!("slice" in message) || head === null) return;
      slices.add(message.slice);
      for (const thing of message.shared) shared.set(thing.id, thing);
      const { tasks, stacks } = slices;
      // The thread goes on before it is asked for the next part.
      if (message.slice.left > 0) this.socket?.write("next\n");
      else done({ name: this.name, ...head, tasks, stacks, shared: [...shared.values()], unasked });
    });
    try {
      return seen === null ? null : checkThread(seen);
    } catch (error) {
      this.failure = (error as Error).message;
      this.close();
      return null;
    }
  }

  /** All that has been recorded so far is sent. */
  flush(): void {
    this.socket?.write("flush\n");
  }

  close(): void {
    this.socket?.destroy();
    this.ended.open();
  }

  private async ask<T>(
    command: string,
    patience: () => number,
    take: (message: FromAgent, done: (answer: T) => void) => void,
  ): Promise<T | null> {
    const through = new AbortController();
    const answer = new Promise<T>((resolve) => {
      void this.here.opened.then(() => {
        if (through.signal.aborted) return;
        this.waiting = (message) => take(message, resolve);
        this.socket?.write(`${command}\n`);
      });
    });
    const result = await Promise.race([
      answer,
      this.silence(patience, through.signal),
      this.ended.opened.then(() => null),
    ]);
    through.abort();
    this.waiting = null;
    return result;
  }

  /** Resolves when nothing has come for that long. */
  private async silence(patience: () => number, signal: AbortSignal): Promise<null> {
    this.heard = performance.now();
    while (!signal.aborted && performance.now() - this.heard < patience()) {
      await delay(POLL, null, { signal }).catch(() => null);
    }
    return null;
  }
}

/** A recording may be read on another machine: little-endian. */
function inBase64(events: Buffer): string {
  return (endianness() === "BE" ? events.swap32() : events).toString("base64");
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
