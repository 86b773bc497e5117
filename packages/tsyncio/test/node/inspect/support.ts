/** Running programs to look into, and the program `tsyncio` as its users start it. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { type Chunk, eventWriter, KINDS, type RecordedEvent, readEvents } from "../../../src/inspect/events.ts";
import type { TaskData } from "../../../src/inspect/snapshot.ts";
import { CLI, nodeOptions } from "../children.ts";

const { NODE_OPTIONS: _, FORCE_COLOR: __, ...ENV } = process.env; // of the test runner

export { ENV };

/** A task that sleeps, as a look tells of it. */
export const sleepingTask = (id: number, changes: Partial<TaskData> = {}): TaskData => ({
  id,
  loop: 0,
  name: `Task-${id}`,
  state: "waiting",
  stack: -1,
  waitsFor: "sleep(1)",
  on: [],
  via: "task",
  awaitedBy: [],
  cancelling: 0,
  ...changes,
});

/** Events as an instrument notes them, in one chunk. */
export function chunkOf(events: readonly RecordedEvent[]): Chunk {
  let chunk: Chunk = { begin: 0, texts: [], events: "" };
  const writer = eventWriter(events.length, (head, bytes) => {
    chunk = { ...head, events: Buffer.from(bytes).toString("base64") };
  });
  for (const [at, kind, task, what, other] of events) {
    const number = { w: other, d: what === "cancelled" ? 1 : 0, k: what, c: what }[kind] ?? 0;
    writer.note(KINDS.indexOf(kind), at, task, "nw".includes(kind) ? String(what) : null, Number(number));
  }
  writer.flush();
  return chunk;
}

export function eventsOf(chunk: Chunk): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  readEvents(chunk, (event) => events.push(event));
  return events;
}

export interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function tsyncio(...args: string[]): Promise<Printed> {
  return printed(spawn(process.execPath, [...nodeOptions, "--no-warnings", CLI, ...args], { env: ENV }));
}

export async function printed(child: ChildProcess): Promise<Printed> {
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...text };
}

/** A port that is free: several programs of tests may have their inspectors open at the same time. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** A program that runs until it is disposed. */
export class Running implements AsyncDisposable {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";

  private constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      this.stdout += chunk;
    });
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      this.stderr += chunk;
    });
  }

  /** Resolves when the program has written its first line. */
  static async start(command: string, args: readonly string[], uid?: number): Promise<Running> {
    const child = spawn(command, args, { env: ENV, ...(uid === undefined ? {} : { uid, cwd: "/" }) });
    const running = new Running(child);
    while (!running.stdout.includes("\n")) {
      await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, "data"), ended(child, running)]);
    }
    return running;
  }

  /** A program of Node's; its inspector has a port of its own. */
  static async node(...args: string[]): Promise<Running> {
    const own = [...nodeOptions, "--no-warnings", `--inspect-port=${await freePort()}`];
    return Running.start(process.execPath, [...own, ...args]);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.alive()) return;
    const gone = once(this.child, "close");
    this.child.kill("SIGKILL");
    await gone;
  }
}

async function ended(child: ChildProcess, running: Running): Promise<never> {
  const [code] = await once(child, "close");
  throw new Error(`the program has ended with ${code}: ${running.stderr}`);
}

/** Whether the inspector of the process is open: whether it listens to a port at all. */
export function listens(running: Running): boolean {
  const links = execFileSync("ls", ["-l", `/proc/${running.pid}/fd`], { encoding: "utf8" });
  const inodes = [...links.matchAll(/socket:\[(\d+)\]/g)].map((match) => match[1]);
  const sockets = readFileSync(`/proc/${running.pid}/net/tcp`, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return sockets.some((fields) => fields[3] === "0A" && inodes.includes(fields[9]));
}
