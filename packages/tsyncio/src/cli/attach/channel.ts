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
import { Latch } from "./latch.ts";
import { byNumber, hintLater, nameOfWorker, SLICE } from "./look.ts";
import { onMessages } from "./messages.ts";
import { linkOf, statusOf } from "./proc.ts";
import { isRefusal, refusal, refusalOf } from "./refusals.ts";
import { explained, hintIn } from "./replaced.ts";
import { type Answers, enter, spread } from "./spread.ts";
import { inTables } from "./tables.ts";
import { callWithTools, runtimeOf, toolsBy } from "./tools.ts";
import { EPOCH, WatchedThread } from "./watched.ts";
import { watch } from "./watching.ts";

/** How long the process may take to connect, in milliseconds. */
const PATIENCE = 10_000;
const POLL = 100;
/** For how long a loop is not blocked, in milliseconds. */
const LONG = 500;
/** How long the other threads are waited for when one has connected. */
const GRACE = 2000;
const SOCKET = "socket";

export class Channel {
  /** The threads in which the agent is, in the order of their numbers, until they end. */
  readonly threads: WatchedThread[] = [];
  /** Called for each thread that comes later. */
  onThread: (thread: WatchedThread) => void = () => {};
  /** No thread is connected any more: the process has ended. */
  readonly ended: Latch = new Latch();
  /** The name and version of what runs the process. */
  runtime = "";
  private readonly recording: boolean;
  private readonly server: Server;
  private readonly folder: string;
  private readonly forget: () => void;
  private readonly sockets = new Set<Socket>();
  /** What the threads have said when they were asked to take the agent in. */
  private answers: Answers = [];
  /** Of all threads that there were. */
  private readonly names = new Set<string>();
  /** Why threads have ended that could not be looked into. */
  private readonly failures: string[] = [];
  private pauseOfEnded = 0;
  /** There is a connection; a thread has connected; all that were there have answered. */
  private readonly contact = new Latch();
  private readonly here = new Latch();
  private readonly answered = new Latch();

  private constructor(server: Server, folder: string, recording: boolean) {
    this.recording = recording;
    this.server = server.on("connection", (socket) => this.connected(socket));
    this.folder = folder;
    this.forget = undoAtEnd(() => this.close());
  }

  /** Opens the inspector of the process for the moment that it takes to put the agent into it. */
  static async open(pid: number, { force, recording }: { force: boolean; recording: boolean }): Promise<Channel> {
    const channel = await Channel.listen(recording);
    try {
      await whileAttached(pid, { force }, async (session) => {
        channel.runtime = await runtimeOf(session);
        const { objectId = "" } = await callWithTools(session, channel.entering(), [], false).catch((error) =>
          explained(error, session),
        );
        await Promise.race([channel.contact.opened, delay(LONG, null, { ref: false })]);
        if (channel.contact.isOpen) return;
        // The loop is blocked: it begins in the middle of what runs, which has done so for long.
        const { value } = await session.callOn(objectId, "function () { return this.begin(); }");
        if (typeof value === "string") {
          throw new TargetError(`process ${pid} cannot be watched: ${value.split("\n")[0]}${await hintIn(session)}`);
        }
        if (value !== null) channel.take(value as Answers);
      });
      await Promise.race([channel.here.opened, channel.refused(pid, force), silence(pid)]);
      // One that is in the middle of running code answers later.
      await Promise.race([channel.answered.opened, delay(GRACE, null, { ref: false })]);
      channel.server.unref();
      return channel;
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  /** In a folder of mode 0700: others cannot even see what is in it. */
  private static async listen(recording: boolean): Promise<Channel> {
    let channel: Channel | null = null;
    try {
      channel = new Channel(createServer(), mkdtempSync(join(tmpdir(), "tsyncio-")), recording);
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
    return Math.max(this.pauseOfEnded, ...this.threads.map((thread) => thread.longestPause));
  }

  /** The threads that cannot be watched, with the reason; not those that run no tsyncio. */
  get leftOut(): string[] {
    const refused = this.answers.filter(([, answer]) => answer !== null && answer !== "" && !isRefusal(answer));
    // Of an error only the message: the other lines are its stack.
    return [...refused.map(([name, answer]) => `${name}: ${answer?.split("\n")[0]}`), ...this.failures];
  }

  close(): void {
    this.forget();
    this.server.close();
    for (const thread of this.threads) thread.close();
    for (const socket of this.sockets) socket.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What the main thread evaluates: it begins at the next turn of its loop, or when it is called. */
  private entering(): string {
    const path = JSON.stringify(join(this.folder, SOCKET));
    const parts = `{ tools, inTables: ${inTables}, watch: ${watch}, eventWriter: ${eventWriter} }`;
    const enterWith = (tools: string, thread: string): string =>
      `(${refusal})("addInstrument") || (${enter})(${tools}, (tools) => (${agent})(${parts}, ${path}, ${thread}, ${this.recording}, ${SLICE}, ${EPOCH}), ${thread}, ${path})`;
    const [before, between, after] = enterWith(`(${toolsBy})(globalThis.process?.getBuiltinModule)`, "\0")
      .split("\0")
      .map((text) => JSON.stringify(text));
    return `function () {
      const tools = this;
      const expressionFor = (thread) => [${before}, ${between}, ${after}].join(JSON.stringify(thread));
      let begun = false;
      let answers = null;
      const begin = () => {
        if (begun) return answers;
        begun = true;
        try {
          answers = (${spread})(tools, ${nameOfWorker}, () => ${enterWith("tools", '"main"')}, expressionFor, ${path});
        } catch (error) {
          answers = String(error);
        }
        return answers;
      };
      tools.later(1, begin);
      return { begin };
    }`;
  }

  /** Rejects when all threads have answered, and the agent is in none of them. */
  private async refused(pid: number, force: boolean): Promise<never> {
    await this.answered.opened;
    if (this.answers.some(([, answer]) => answer === "")) return new Promise(() => {});
    const [text] = this.leftOut;
    if (text !== undefined) {
      throw new TargetError(`process ${pid} cannot be watched: ${text}${await hintLater(pid, force)}`);
    }
    throw refusalOf(pid, this.answers[0]?.[1] as string);
  }

  private connected(socket: Socket): void {
    this.sockets.add(socket);
    this.contact.open();
    socket.once("close", () => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.ended.open();
    });
    socket.on("error", () => {}); // "close" follows
    let thread: WatchedThread | undefined;
    onMessages(socket, (message) => {
      if ("answers" in message) this.take(message.answers);
      else if ("hello" in message) {
        thread = this.threadOf(message.hello);
        thread.connected(socket);
        this.here.open();
      } else thread?.receive(message);
    });
  }

  private take(answers: Answers): void {
    this.answers = answers;
    // One that is in the middle of running code connects later.
    for (const [name, answer] of answers) if (answer === "" && !this.names.has(name)) this.threadOf(name);
    const gone = this.threads.filter(({ name, here }) => !here.isOpen && answers.every(([other]) => other !== name));
    for (const thread of gone) thread.close();
    if (answers.every(([, answer]) => answer !== null)) this.answered.open();
  }

  private threadOf(name: string): WatchedThread {
    const known = this.threads.find((thread) => thread.name === name);
    if (known !== undefined) return known;
    const thread = new WatchedThread(name, this.recording);
    this.names.add(name);
    this.threads.push(thread);
    this.threads.sort((a, b) => byNumber(a.name, b.name));
    void thread.ended.opened.then(() => this.left(thread));
    this.onThread(thread);
    return thread;
  }

  private left(thread: WatchedThread): void {
    this.pauseOfEnded = this.longestPause;
    this.threads.splice(this.threads.indexOf(thread), 1);
    if (thread.failure !== null)
      this.failures.push(`${thread.name}: looking into it has failed there: ${thread.failure}`);
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
