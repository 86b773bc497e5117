/** Looks at all threads of a process through its inspector, a bit at a time. */

import { setTimeout as delay } from "node:timers/promises";
import type { Report, ThreadReport } from "../../inspect/report.ts";
import { type Slice, Slices } from "../../inspect/slices.ts";
import { FORMAT, type ThreadData } from "../../inspect/snapshot.ts";
import { TargetError } from "../errors.ts";
import { whileAttached } from "./attach.ts";
import { Session } from "./inspector.ts";
import { linkOf, nodesBelow } from "./proc.ts";
import { inTables } from "./tables.ts";

/**
 * How long the program is stopped at a time, in milliseconds. Far less than the 100 that are promised: on a machine
 * that is busy the same work takes several times as long, and what was found is sent after it.
 */
export const SLICE = 15;
/**
 * How long the program runs at least between two parts, in milliseconds. Without it those of several commands would
 * follow upon each other, and the program would be stopped for as long as all of them look.
 */
const GAP = 3;

export interface LookOptions {
  /** Also what the program has written: messages. */
  readonly values: boolean;
  readonly force: boolean;
}

// These are sent to the process, and run there.
const BEGIN = (values: boolean): string => `(() => {
  const kernel = globalThis[Symbol.for("tsyncio")];
  if (kernel === undefined) return "no tsyncio";
  if (kernel.diagnostics === null) return "no diagnostics";
  if (typeof kernel.diagnostics.lookAtThread !== "function") return "older";
  const began = performance.now();
  let last = 0;
  const look = kernel.diagnostics.lookAtThread(${values}, (${inTables})(() => ++last));
  look.took = performance.now() - began;
  return look;
})()`;
const HEAD = `function () {
  const { format, loops, running, took } = this;
  return JSON.stringify({ head: { format, loops, running }, took });
}`;
const NEXT = `function (budget, gap) {
  const kernel = globalThis[Symbol.for("tsyncio")];
  const began = performance.now();
  const early = (kernel.lookedUntil ?? -gap) + gap - began;
  if (early > 0) return early + " early";
  const slice = JSON.stringify(this.slice(budget));
  kernel.lookedUntil = performance.now();
  return (kernel.lookedUntil - began) + " " + slice;
}`;

/** Why there is nothing to be seen. */
const REFUSALS: Record<string, string> = {
  "no tsyncio": "does not run tsyncio, or has not loaded it yet",
  "no diagnostics": "runs tsyncio from the production entry, which has no diagnostics",
  older: "runs an older version of tsyncio, which cannot be looked into",
};

export function isRefusal(answer: string): boolean {
  return Object.hasOwn(REFUSALS, answer);
}

/** For the user: a process may only have started the one that is meant, such as that of npm. */
export function refusalOf(pid: number, answer: string): TargetError {
  const below = nodesBelow(pid);
  const hint = below.length === 0 ? "" : `. It has started other processes of Node: ${below.join(", ")}`;
  return new TargetError(`process ${pid} ${REFUSALS[answer] ?? answer}${hint}`);
}

/** What is known at the beginning of a look. */
export type ThreadHead = Omit<ThreadData, "tasks" | "stacks" | "shared" | "unasked">;

/** @throws {TargetError} There is no such process, or it must not be or cannot be looked into. */
export async function lookAtProcess(pid: number, options: LookOptions): Promise<Report> {
  return whileAttached(pid, options, async (session) => {
    let longestPause = 0;
    const paused = (milliseconds: number): void => {
      longestPause = Math.max(longestPause, milliseconds);
    };
    const { value: runtime } = await session.evaluate(`"Node.js " + process.version`);
    const { threads, notes } = await lookAtThreads(session, pid, options, paused).catch((error: Error) => {
      if (error instanceof TargetError) throw error;
      throw new TargetError(
        `what process ${pid} answers cannot be read (${error.message}): its program may have changed JSON, performance, or ` +
          "the prototype of Array or Object",
      );
    });
    return {
      format: FORMAT,
      pid,
      runtime: String(runtime),
      at: new Date().toISOString(),
      folder: linkOf(pid, "cwd"),
      longestPause,
      threads,
      notes,
    };
  });
}

async function lookAtThreads(
  session: Session,
  pid: number,
  options: LookOptions,
  paused: (milliseconds: number) => void,
): Promise<Pick<Report, "threads" | "notes">> {
  const main = await lookAtThread(session, options, paused);
  const workers = await attachWorkers(session);
  // All at once: one that is in a native call does not answer for long.
  const looks = workers.map(async ({ name, session }) => {
    try {
      return { name, seen: await lookAtThread(session, options, paused), failed: null };
    } catch (error) {
      return { name, seen: "", failed: (error as Error).message };
    }
  });
  const threads: ThreadReport[] = typeof main === "string" ? [] : [{ name: "main", ...main }];
  const notes: string[] = [];
  for (const { name, seen, failed } of await Promise.all(looks)) {
    if (typeof seen !== "string") threads.push({ name, ...seen });
    else if (failed !== null) notes.push(`${name} is not shown: ${failed}`);
  }
  if (threads.length === 0) throw refusalOf(pid, main as string);
  return { threads, notes };
}

/** A string says why there is nothing to be seen. */
async function lookAtThread(
  session: Session,
  options: LookOptions,
  paused: (milliseconds: number) => void,
): Promise<ThreadData | string> {
  const { value, objectId } = await session.evaluate(BEGIN(options.values), false);
  if (objectId === undefined) return String(value);
  const { head, took } = JSON.parse(String((await session.callOn(objectId, HEAD)).value)) as {
    head: ThreadHead;
    took: number;
  };
  paused(took);
  if (head.format !== FORMAT) {
    throw new TargetError(
      `it runs another version of tsyncio (format ${head.format}) than this one (format ${FORMAT}): use the version that is installed there`,
    );
  }
  const slices = new Slices();
  for (let left = 1; left > 0; ) {
    const text = String((await session.callOn(objectId, NEXT, SLICE, GAP)).value);
    const space = text.indexOf(" ");
    const [time, part] = [Number(text.slice(0, space)), text.slice(space + 1)];
    if (part === "early") {
      await delay(time);
      continue;
    }
    paused(time);
    const slice = JSON.parse(part) as Slice;
    slices.add(slice);
    left = slice.left;
  }
  await session.call("Runtime.releaseObject", { objectId });
  return { ...head, tasks: slices.tasks, stacks: slices.stacks };
}

/** With its `threadId`. Also runs in the process, and so names nothing that stands outside of it. */
export function nameOfWorker(id: string, title: string): string {
  // Node puts that before the name, and has words where there is none; `id` depends on which is found first.
  const [, threadId = id, name = ""] = /^\[worker (\d+)\] ?(?:WorkerThread$|Worker \d+$)?(.*)$/s.exec(title) ?? [];
  return `worker ${threadId}${name === "" ? "" : ` (${name})`}`;
}

/** The order in which threads are shown. */
export function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** The worker threads, spoken to through the main one. */
async function attachWorkers(main: Session): Promise<{ name: string; session: Session }[]> {
  const workers: { name: string; session: Session }[] = [];
  const sessions = new Map<unknown, Session>();
  main.on("NodeWorker.attachedToWorker", ({ sessionId, workerInfo }) => {
    const { workerId, title } = workerInfo as { workerId: string; title: string };
    const send = (message: string): void => {
      main.call("NodeWorker.sendMessageToWorker", { sessionId, message }).catch((error) => session.end(error));
    };
    const session = new Session(send);
    sessions.set(sessionId, session);
    workers.push({ name: nameOfWorker(workerId, title), session });
  });
  main.on("NodeWorker.receivedMessageFromWorker", ({ sessionId, message }) => {
    sessions.get(sessionId)?.receive(String(message));
  });
  main.on("NodeWorker.detachedFromWorker", ({ sessionId }) => {
    sessions.get(sessionId)?.end(new TargetError("it has ended meanwhile"));
  });
  await main.call("NodeWorker.enable", { waitForDebuggerOnStart: false });
  return workers.sort((a, b) => byNumber(a.name, b.name));
}
