/**
 * A connection to a process that stays for longer than a look: a unix socket that only its owner can reach. This side listens, and the
 * process connects: so nothing is left there if this side is killed.
 */

import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { RecordedEvent } from "../../inspect/recording.ts";
import type { ThreadReport } from "../../inspect/report.ts";
import type { Place, TaskData } from "../../inspect/snapshot.ts";
import { TargetError } from "../errors.ts";
import { agent, type FromAgent, type Stats } from "./agent.ts";
import { whileAttached } from "./attach.ts";
import { REFUSALS, SLICE, type ThreadHead } from "./look.ts";

/** How long the process may take to connect, in milliseconds. */
const PATIENCE = 10_000;

export class Channel {
  /** How long a part of a look has stopped the process at most, in milliseconds. */
  longestPause = 0;
  /** When the last look has begun, in milliseconds of the agent. */
  lookedAt = 0;
  /** Told of what is recorded. */
  onEvents: (events: readonly RecordedEvent[], dropped: number) => void = () => {};
  /** Settles when the process, or the connection, has ended. */
  readonly ended: Promise<void>;
  private readonly socket: Socket;
  private readonly folder: string;
  private waiting: ((message: FromAgent) => void) | null = null;

  private constructor(socket: Socket, folder: string) {
    this.socket = socket;
    this.folder = folder;
    socket.on("error", () => {}); // "close" follows
    this.ended = once(socket, "close").then(() => {});
    createInterface({ input: socket }).on("line", (line) => {
      const message = JSON.parse(line) as FromAgent;
      if ("events" in message) this.onEvents(message.events, message.dropped);
      else this.waiting?.(message);
    });
  }

  /** Opens the inspector of the process for the moment that it takes to put the agent into it. */
  static async open(pid: number, { force, recording }: { force: boolean; recording: boolean }): Promise<Channel> {
    // Of mode 0700: others cannot even see what is in it.
    const folder = mkdtempSync(join(tmpdir(), "tsyncio-"));
    const path = join(folder, "socket");
    const server = createServer();
    try {
      server.listen(path);
      await once(server, "listening");
      chmodSync(path, 0o600);
      const connected = once(server, "connection") as Promise<[Socket]>;
      await whileAttached(pid, { force }, async (session) => {
        const record = `globalThis[Symbol.for("tsyncio")]`;
        const { value: state } = await session.evaluate(
          `${record} === undefined ? "no tsyncio" : ${record}.diagnostics === null ? "no diagnostics" : ""`,
        );
        if (state !== "") throw new TargetError(`process ${pid} ${REFUSALS[String(state)]}`);
        const { value } = await session.evaluate(`(${agent})(${JSON.stringify(path)}, ${recording}, ${SLICE})`);
        if (value !== "") throw new TargetError(`process ${pid} cannot be watched: ${value}`);
      });
      const late = delay(PATIENCE, null, { ref: false }).then(() => {
        throw new TargetError(
          `process ${pid} does not answer: its loop is blocked. \`tsyncio why ${pid}\` shows where`,
        );
      });
      const [socket] = await Promise.race([connected, late]);
      return new Channel(socket, folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    } finally {
      server.close();
    }
  }

  close(): void {
    this.socket.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Null if there is no answer within `patience` milliseconds: the loop is blocked. */
  async stats(patience: number): Promise<Stats | null> {
    return this.ask("stats", patience, (message, done) => {
      if ("stats" in message) done(message.stats);
    });
  }

  /** All tasks of the main thread, with the time for which they have been waiting where that was seen. */
  async look(patience: number): Promise<ThreadReport | null> {
    let head: ThreadHead | null = null;
    const tasks: TaskData[] = [];
    const stacks: (readonly Place[])[] = [];
    return this.ask("look", patience, (message, done) => {
      if ("head" in message) {
        head = message.head;
        this.lookedAt = message.at;
      }
      if (!("slice" in message) || head === null) return;
      this.longestPause = Math.max(this.longestPause, message.took);
      for (const task of message.slice.tasks) tasks.push(task);
      for (const stack of message.slice.stacks) stacks.push(stack);
      if (message.slice.left === 0) done({ name: "main", ...head, tasks, stacks });
    });
  }

  /** All that has been recorded so far is sent. */
  flush(): void {
    this.socket.write("flush\n");
  }

  private async ask<T>(
    command: string,
    patience: number,
    take: (message: FromAgent, done: (answer: T) => void) => void,
  ): Promise<T | null> {
    const answer = new Promise<T>((resolve) => {
      this.waiting = (message) => take(message, resolve);
    });
    this.socket.write(`${command}\n`);
    const late = new AbortController();
    const result = await Promise.race([
      answer,
      delay(patience, null, { signal: late.signal }).catch(() => null),
      this.ended.then(() => null),
    ]);
    late.abort();
    this.waiting = null;
    return result;
  }
}
