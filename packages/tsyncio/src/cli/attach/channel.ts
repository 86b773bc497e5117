/**
 * Connections to a process that stay for longer than a look, one for each of its threads: by a unix socket that only
 * its owner can reach. This side listens, and the threads connect: so nothing is left there if this side is killed.
 */

import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { TargetError } from "../errors.ts";
import { agent, type FromAgent } from "./agent.ts";
import { whileAttached } from "./attach.ts";
import type { Session } from "./inspector.ts";
import { attachWorkers, REFUSALS, SLICE } from "./look.ts";
import { WatchedThread } from "./watched.ts";

/** How long the process may take to connect, in milliseconds. */
const PATIENCE = 10_000;

export class Channel {
  readonly main: WatchedThread = new WatchedThread("main");
  /** The threads that were there at the beginning, and have not ended. */
  readonly threads: WatchedThread[] = [this.main];
  private readonly server: Server;
  private readonly folder: string;

  private constructor(server: Server, folder: string) {
    this.server = server.on("connection", (socket) => this.connected(socket));
    this.folder = folder;
  }

  /** Opens the inspector of the process for the moment that it takes to put the agents into it. */
  static async open(
    pid: number,
    { force, recording, workers = false }: { force: boolean; recording: boolean; workers?: boolean },
  ): Promise<Channel> {
    // Of mode 0700: others cannot even see what is in it.
    const folder = mkdtempSync(join(tmpdir(), "tsyncio-"));
    const path = join(folder, "socket");
    const channel = new Channel(createServer(), folder);
    try {
      channel.server.listen(path);
      await once(channel.server, "listening");
      chmodSync(path, 0o600);
      await whileAttached(pid, { force }, async (session) => {
        const refusal = await enter(session, path, "main", recording);
        if (refusal in REFUSALS) throw new TargetError(`process ${pid} ${REFUSALS[refusal]}`);
        if (refusal !== "") throw new TargetError(`process ${pid} cannot be watched: ${refusal}`);
        if (workers) await channel.enterWorkers(session, path, recording);
      });
      const late = delay(PATIENCE, null, { ref: false }).then(() => {
        throw new TargetError(
          `process ${pid} does not answer: its loop is blocked. \`tsyncio why ${pid}\` shows where`,
        );
      });
      await Promise.race([channel.main.here, late]);
      channel.server.unref();
      return channel;
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  /** How long a part of a look has stopped a thread at most, in milliseconds. */
  get longestPause(): number {
    return Math.max(...this.threads.map((thread) => thread.longestPause));
  }

  close(): void {
    this.server.close();
    for (const thread of this.threads) thread.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Those that run no tsyncio, or do not answer, are left out. */
  private async enterWorkers(session: Session, path: string, recording: boolean): Promise<void> {
    const found = await attachWorkers(session);
    const entered = found.map(async ({ name, session }) => {
      const thread = new WatchedThread(name);
      this.threads.push(thread);
      void thread.ended.then(() => this.threads.splice(this.threads.indexOf(thread), 1));
      const refusal = await enter(session, path, name, recording).catch(() => "it does not answer");
      if (refusal !== "") thread.close();
    });
    await Promise.all(entered);
  }

  private connected(socket: Socket): void {
    socket.on("error", () => {}); // "close" follows
    let thread: WatchedThread | undefined;
    createInterface({ input: socket }).on("line", (line) => {
      const message = JSON.parse(line) as FromAgent;
      if (!("hello" in message)) return thread?.receive(message);
      thread = this.threads.find(({ name }) => name === message.hello);
      thread?.connected(socket);
    });
  }
}

/** Puts the agent into a thread. "" if it is there, else why not. */
async function enter(session: Session, path: string, thread: string, recording: boolean): Promise<string> {
  const record = `globalThis[Symbol.for("tsyncio")]`;
  const { value: state } = await session.evaluate(
    `${record} === undefined ? "no tsyncio" : ${record}.diagnostics === null ? "no diagnostics" : ""`,
  );
  if (state !== "") return String(state);
  const [where, who] = [JSON.stringify(path), JSON.stringify(thread)];
  const { value } = await session.evaluate(`(${agent})(${where}, ${who}, ${recording}, ${SLICE})`);
  return String(value);
}
