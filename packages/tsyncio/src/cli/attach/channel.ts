/**
 * Connections to a process that stay for longer than a look, one for each of its threads: by a unix socket that only
 * its owner can reach. This side listens, and the threads connect: so nothing is left there if this side is killed.
 */

import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { eventWriter } from "../../inspect/events.ts";
import { undoAtEnd } from "../ending.ts";
import { TargetError } from "../errors.ts";
import { agent } from "./agent.ts";
import { whileAttached } from "./attach.ts";
import type { Session } from "./inspector.ts";
import { attachWorkers, isRefusal, refusalOf, SLICE } from "./look.ts";
import { onMessages } from "./messages.ts";
import { linkOf, statusOf } from "./proc.ts";
import { inTables } from "./tables.ts";
import { WatchedThread } from "./watched.ts";
import { watch } from "./watching.ts";

/** How long the process may take to connect, in milliseconds. */
const PATIENCE = 10_000;
const POLL = 100;
const SOCKET = "socket";

export class Channel {
  readonly main: WatchedThread = new WatchedThread("main");
  /** The threads that were there at the beginning, and have not ended. */
  readonly threads: WatchedThread[] = [this.main];
  /** The workers that cannot be watched, with the reason; not those that run no tsyncio. */
  readonly leftOut: string[] = [];
  private readonly server: Server;
  private readonly folder: string;
  /** In milliseconds of the machine's clock: times are told since then. */
  private readonly epoch: number = Number(process.hrtime.bigint()) / 1e6;
  private readonly forget: () => void;
  /** That of a worker in the middle of a job is connected before it says which it is. */
  private readonly sockets = new Set<Socket>();

  private constructor(server: Server, folder: string) {
    this.server = server.on("connection", (socket) => this.connected(socket));
    this.folder = folder;
    this.forget = undoAtEnd(() => this.close());
  }

  /** Opens the inspector of the process for the moment that it takes to put the agents into it. */
  static async open(pid: number, { force, recording }: { force: boolean; recording: boolean }): Promise<Channel> {
    const channel = await Channel.listen();
    const path = join(channel.folder, SOCKET);
    try {
      await whileAttached(pid, { force }, async (session) => {
        const refusal = await channel.enter(session, path, "main", recording);
        if (isRefusal(refusal)) throw refusalOf(pid, refusal);
        if (refusal !== "") throw new TargetError(`process ${pid} cannot be watched: ${refusal}`);
        await channel.enterWorkers(session, path, recording);
      });
      await Promise.race([channel.main.here, silence(pid)]);
      channel.server.unref();
      return channel;
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  /** In a folder of mode 0700: others cannot even see what is in it. */
  private static async listen(): Promise<Channel> {
    let channel: Channel | null = null;
    try {
      channel = new Channel(createServer(), mkdtempSync(join(tmpdir(), "tsyncio-")));
      const path = join(channel.folder, SOCKET);
      channel.server.listen(path);
      await once(channel.server, "listening");
      chmodSync(path, 0o600);
      return channel;
    } catch (error) {
      channel?.close();
      throw new TargetError(
        `there can be no socket in ${tmpdir()}, to which the process would connect: ${(error as Error).message}. TMPDIR names another folder`,
      );
    }
  }

  /** How long a part of a look has stopped a thread at most, in milliseconds. */
  get longestPause(): number {
    return Math.max(...this.threads.map((thread) => thread.longestPause));
  }

  close(): void {
    this.forget();
    this.server.close();
    for (const thread of this.threads) thread.close();
    for (const socket of this.sockets) socket.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Those that run no tsyncio, or do not answer, are left out. */
  private async enterWorkers(session: Session, path: string, recording: boolean): Promise<void> {
    const found = await attachWorkers(session);
    const entered = found.map(async ({ name, session }) => {
      const thread = new WatchedThread(name);
      this.threads.push(thread);
      void thread.ended.then(() => this.threads.splice(this.threads.indexOf(thread), 1));
      const refusal = await this.enter(session, path, name, recording).catch((error: Error) => error.message);
      if (refusal === "") return;
      thread.close();
      if (!isRefusal(refusal)) this.leftOut.push(`${name}: ${refusal}`);
    });
    await Promise.all(entered);
  }

  /** Puts the agent into a thread. "" if it is there, else why not. */
  private async enter(session: Session, path: string, thread: string, recording: boolean): Promise<string> {
    const record = `globalThis[Symbol.for("tsyncio")]`;
    const { value: state } = await session.evaluate(
      `${record} === undefined ? "no tsyncio" : ${record}.diagnostics === null ? "no diagnostics" : ""`,
    );
    if (state !== "") return String(state);
    const args = [path, thread, recording, SLICE, this.epoch].map((value) => JSON.stringify(value));
    const parts = `{ inTables: ${inTables}, watch: ${watch}, eventWriter: ${eventWriter} }`;
    const { value } = await session.evaluate(`(${agent})(${parts}, ${args})`);
    return String(value);
  }

  private connected(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.on("error", () => {}); // "close" follows
    let thread: WatchedThread | undefined;
    onMessages(socket, (message, bytes) => {
      if ("hello" in message) {
        thread = this.threads.find(({ name }) => name === message.hello);
        thread?.connected(socket);
      } else thread?.receive(message, bytes);
    });
  }
}

/** Rejects when a process in which there is an agent has not connected for long, or has ended. */
async function silence(pid: number): Promise<never> {
  for (let waited = 0; ; waited += POLL) {
    const status = statusOf(pid);
    if (status === null || status.state === "Z") throw new TargetError(`process ${pid} has ended meanwhile`);
    if (waited >= PATIENCE) throw new TargetError(`process ${pid} does not answer: ${whySilent(pid)}`);
    await delay(POLL, null, { ref: false });
  }
}

function whySilent(pid: number): string {
  if (linkOf(pid, "ns/mnt") === linkOf("self", "ns/mnt")) {
    return `its loop is blocked. \`tsyncio why ${pid}\` shows where`;
  }
  return `it has other folders than this program, as in a container or by PrivateTmp of systemd, and ${tmpdir()} may not be among them. TMPDIR names one that both have`;
}
