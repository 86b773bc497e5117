/** A thread of a process that is watched: what its agent answers. */

import type { Socket } from "node:net";
import { endianness } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Chunk } from "../../inspect/events.ts";
import type { Stats } from "../../inspect/habits.ts";
import type { ThreadReport } from "../../inspect/report.ts";
import { Slices } from "../../inspect/slices.ts";
import type { SharedData, UnaskedData } from "../../inspect/snapshot.ts";
import type { FromAgent } from "./agent.ts";
import type { ThreadHead } from "./look.ts";

export class WatchedThread {
  /** `main`, or the name of a worker. */
  readonly name: string;
  /** How long a part of a look has stopped the thread at most, in milliseconds. */
  longestPause = 0;
  /** When the last look has begun, in milliseconds since the epoch of the channel. */
  lookedAt = 0;
  /** Why looking into it has failed there, if it has. */
  failure: string | null = null;
  /** Told of what is recorded, and of how many events are not. */
  onChunk: (chunk: Chunk) => void = () => {};
  onDropped: (count: number) => void = () => {};
  /** Settles when the thread has connected. */
  readonly here: Promise<void>;
  /** Settles when the thread, or the connection, has ended. */
  readonly ended: Promise<void>;
  hasEnded = false;
  private arrive: () => void = () => {};
  private end: () => void = () => {};
  /** Null until it has connected: a worker that is busy does that later. */
  private socket: Socket | null = null;
  private waiting: ((message: FromAgent) => void) | null = null;

  constructor(name: string) {
    this.name = name;
    this.here = new Promise((resolve) => {
      this.arrive = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.end = () => {
        this.hasEnded = true;
        resolve();
      };
    });
  }

  connected(socket: Socket): void {
    this.socket = socket;
    this.arrive();
    socket.once("close", this.end);
    if (socket.destroyed) this.end();
  }

  receive(message: FromAgent, bytes: Buffer): void {
    if ("chunk" in message) this.onChunk({ ...message.chunk, events: inBase64(bytes) });
    else if ("dropped" in message) this.onDropped(message.dropped);
    else if ("took" in message) this.longestPause = Math.max(this.longestPause, message.took);
    else if ("failed" in message) this.failure = message.failed;
    else this.waiting?.(message);
  }

  /** Null if there is no answer within `patience` milliseconds: the thread is blocked. */
  async stats(patience: number): Promise<Stats | null> {
    return this.ask("stats", patience, (message, done) => {
      if ("stats" in message) done(message.stats);
    });
  }

  /** All tasks of the thread, with the time for which they have been waiting where that was seen. */
  async look(patience: number): Promise<ThreadReport | null> {
    let head: ThreadHead | null = null;
    const slices = new Slices();
    const shared = new Map<number, SharedData>();
    let unasked: readonly UnaskedData[] = [];
    return this.ask("look", patience, (message, done) => {
      if ("head" in message) {
        head = message.head;
        unasked = message.unasked;
        this.lookedAt = message.at;
      }
      if (!("slice" in message) || head === null) return;
      slices.add(message.slice);
      for (const thing of message.shared) shared.set(thing.id, thing);
      const { tasks, stacks } = slices;
      if (message.slice.left === 0) {
        done({ name: this.name, ...head, tasks, stacks, shared: [...shared.values()], unasked });
      }
    });
  }

  /** All that has been recorded so far is sent. */
  flush(): void {
    this.socket?.write("flush\n");
  }

  close(): void {
    this.socket?.destroy();
    this.end();
  }

  private async ask<T>(
    command: string,
    patience: number,
    take: (message: FromAgent, done: (answer: T) => void) => void,
  ): Promise<T | null> {
    // A worker that has just been found may need a moment.
    await this.within(patience, this.here);
    if (this.socket === null) return null;
    const answer = new Promise<T>((resolve) => {
      this.waiting = (message) => take(message, resolve);
    });
    this.socket.write(`${command}\n`);
    const result = await this.within(patience, answer);
    this.waiting = null;
    return result;
  }

  /** Null if that many milliseconds go by before, or the thread ends. */
  private async within<T>(patience: number, answer: Promise<T>): Promise<T | null> {
    const late = new AbortController();
    const result = await Promise.race([
      answer,
      delay(patience, null, { signal: late.signal }).catch(() => null),
      this.ended.then(() => null),
    ]);
    late.abort();
    return result;
  }
}

/** A recording may be read on another machine: little-endian. */
function inBase64(events: Buffer): string {
  return (endianness() === "BE" ? events.swap32() : events).toString("base64");
}
