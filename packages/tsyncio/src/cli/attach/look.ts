/** Looks at all threads of a process through its inspector, a bit at a time. */

import type { Report, ThreadReport } from "../../inspect/report.ts";
import { FORMAT, type Place, type TaskData, type ThreadData } from "../../inspect/snapshot.ts";
import { TargetError } from "../errors.ts";
import { whileAttached } from "./attach.ts";
import { Session } from "./inspector.ts";
import { linkOf } from "./proc.ts";

/**
 * How long the program is stopped at a time, in milliseconds, before what it has found is sent. That takes as long
 * again at most.
 */
export const SLICE = 30;

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
  const look = kernel.diagnostics.lookAtThread(${values});
  look.took = performance.now() - began;
  return look;
})()`;
const HEAD = `function () {
  const { format, loops, running, took } = this;
  return JSON.stringify({ head: { format, loops, running }, took });
}`;
const NEXT = `function (budget) {
  const began = performance.now();
  const slice = JSON.stringify(this.slice(budget));
  return (performance.now() - began) + " " + slice;
}`;

/** Why there is nothing to be seen. */
export const REFUSALS: Record<string, string> = {
  "no tsyncio": "does not run tsyncio, or has not loaded it yet",
  "no diagnostics": "runs tsyncio from the production entry, which has no diagnostics",
  older: "runs an older version of tsyncio, which cannot be looked into",
};

/** What is known at the beginning of a look. */
export type ThreadHead = Omit<ThreadData, "tasks" | "stacks" | "shared" | "unasked">;

/** A part of a look. */
export interface Slice {
  readonly tasks: TaskData[];
  readonly stacks: Place[][];
  readonly left: number;
}

/** @throws {TargetError} There is no such process, or it must not be or cannot be looked into. */
export async function lookAtProcess(pid: number, options: LookOptions): Promise<Report> {
  return whileAttached(pid, options, async (session) => {
    const pauses: number[] = [];
    const notes: string[] = [];
    const { value: runtime } = await session.evaluate(`"Node.js " + process.version`);
    const threads = await lookAtThreads(session, pid, options, pauses, notes);
    return {
      format: FORMAT,
      pid,
      runtime: String(runtime),
      at: new Date().toISOString(),
      folder: linkOf(pid, "cwd"),
      longestPause: Math.max(0, ...pauses),
      threads,
      notes,
    };
  });
}

async function lookAtThreads(
  session: Session,
  pid: number,
  options: LookOptions,
  pauses: number[],
  notes: string[],
): Promise<ThreadReport[]> {
  const threads: ThreadReport[] = [];
  const main = await lookAtThread(session, options, pauses);
  const workers = await attachWorkers(session);
  if (typeof main !== "string") threads.push({ name: "main", ...main });
  for (const { name, session } of workers) {
    try {
      const data = await lookAtThread(session, options, pauses);
      if (typeof data !== "string") threads.push({ name, ...data });
    } catch (error) {
      notes.push(`${name}: ${(error as Error).message}`);
    }
  }
  if (threads.length === 0) throw new TargetError(`process ${pid} ${REFUSALS[main as string] ?? main}`);
  return threads;
}

/** A string says why there is nothing to be seen. */
async function lookAtThread(session: Session, options: LookOptions, pauses: number[]): Promise<ThreadData | string> {
  const { value, objectId } = await session.evaluate(BEGIN(options.values), false);
  if (objectId === undefined) return String(value);
  const { head, took } = JSON.parse(String((await session.callOn(objectId, HEAD)).value)) as {
    head: ThreadHead;
    took: number;
  };
  pauses.push(took);
  if (head.format !== FORMAT) {
    throw new TargetError(
      `it runs another version of tsyncio (format ${head.format}) than this one (format ${FORMAT}): use the version that is installed there`,
    );
  }
  const tasks: TaskData[] = [];
  const stacks: Place[][] = [];
  for (let left = 1; left > 0; ) {
    const text = String((await session.callOn(objectId, NEXT, SLICE)).value);
    const space = text.indexOf(" ");
    pauses.push(Number(text.slice(0, space)));
    const slice = JSON.parse(text.slice(space + 1)) as Slice;
    for (const task of slice.tasks) tasks.push(task);
    for (const stack of slice.stacks) stacks.push(stack);
    left = slice.left;
  }
  await session.call("Runtime.releaseObject", { objectId });
  return { ...head, tasks, stacks };
}

/** The worker threads, spoken to through the main one. */
export async function attachWorkers(main: Session): Promise<{ name: string; session: Session }[]> {
  const workers: { name: string; session: Session }[] = [];
  const sessions = new Map<unknown, Session>();
  main.on("NodeWorker.attachedToWorker", ({ sessionId, workerInfo }) => {
    const { workerId, title } = workerInfo as { workerId: string; title: string };
    const send = (message: string): void => {
      main.call("NodeWorker.sendMessageToWorker", { sessionId, message }).catch((error) => session.end(error));
    };
    const session = new Session(send);
    sessions.set(sessionId, session);
    // Node puts a number before the name of a worker, and has words where there is none.
    const name = title.replace(/^\[worker \d+\] ?/, "").replace(/^(?:WorkerThread|Worker \d+)$/, "");
    workers.push({ name: `worker ${workerId}${name === "" ? "" : ` (${name})`}`, session });
  });
  main.on("NodeWorker.receivedMessageFromWorker", ({ sessionId, message }) => {
    sessions.get(sessionId)?.receive(String(message));
  });
  main.on("NodeWorker.detachedFromWorker", ({ sessionId }) => {
    sessions.get(sessionId)?.end(new TargetError("it has ended meanwhile"));
  });
  await main.call("NodeWorker.enable", { waitForDebuggerOnStart: false });
  return workers;
}
