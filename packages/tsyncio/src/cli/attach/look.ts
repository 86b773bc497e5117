/** Looks at all threads of a process through its inspector, a bit at a time. */

import { setTimeout as delay } from "node:timers/promises";
import { deserialize } from "node:v8";
import { checkThread, type Report, type ThreadReport } from "../../inspect/report.ts";
import { type Slice, Slices } from "../../inspect/slices.ts";
import { FORMAT, type ThreadData } from "../../inspect/snapshot.ts";
import { TargetError } from "../errors.ts";
import { whileAttached } from "./attach.ts";
import { Session } from "./inspector.ts";
import { linkOf } from "./proc.ts";
import { refusal, refusalOf } from "./refusals.ts";
import { explained, hintIn } from "./replaced.ts";
import { inTables } from "./tables.ts";
import { callWithTools, runtimeOf, type Tools } from "./tools.ts";

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

/** A `Look` of diagnostics/look.ts. */
export interface AnyLook extends ThreadHead {
  slice(isOver: () => boolean): Slice;
}

interface AnyKernel {
  readonly diagnostics: { lookAtThread(values: boolean, idOf: (task: object) => number): AnyLook };
  /** When the last part of any look has ended. */
  lookedUntil?: number;
}

/** A look that is under way. It answers by a number of milliseconds, and what was packed, in base64, behind a space. */
interface Looking {
  /** For how long the thread was stopped. */
  head(): string;
  /** The same; or, with nothing behind it, after what time to ask again. */
  next(budget: number, gap: number): string;
}

/** Runs in a thread of the process, and so names nothing that stands outside of it. */
function beginLook({ now, pack }: Tools, tables: typeof inTables, values: boolean): Looking {
  const kernel = (globalThis as unknown as Record<symbol, AnyKernel>)[Symbol.for("tsyncio")] as AnyKernel;
  const asked = now();
  let last = 0;
  const idOf = tables(() => ++last);
  const look = kernel.diagnostics.lookAtThread(values, idOf);
  const took = now() - asked;
  const { format, loops, running } = look;
  return {
    head: () => `${took} ${pack({ format, loops, running }).toString("base64")}`,
    next(budget, gap) {
      const begun = now();
      const early = (kernel.lookedUntil ?? -gap) + gap - begun;
      if (early > 0) return `${early} `;
      const packed = pack(look.slice(() => now() - begun >= budget)).toString("base64");
      kernel.lookedUntil = now();
      return `${kernel.lookedUntil - begun} ${packed}`;
    },
  };
}

// The same texts each time: the engine keeps what it has compiled of a text.
const BEGIN = `function (values) {
  return (${refusal})("lookAtThread") || (${beginLook})(this, ${inTables}, values);
}`;
const HEAD = "function () { return this.head(); }";
const NEXT = "function (budget, gap) { return this.next(budget, gap); }";

/** What is known at the beginning of a look. */
export type ThreadHead = Omit<ThreadData, "tasks" | "stacks" | "shared" | "unasked">;

/** @throws {TargetError} There is no such process, or it must not be or cannot be looked into. */
export async function lookAtProcess(pid: number, options: LookOptions): Promise<Report> {
  return whileAttached(pid, options, async (session) => {
    let longestPause = 0;
    const paused = (milliseconds: number): void => {
      longestPause = Math.max(longestPause, milliseconds);
    };
    const runtime = await runtimeOf(session);
    const { threads, notes } = await lookAtThreads(session, pid, options, paused);
    return {
      format: FORMAT,
      pid,
      runtime,
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
  const look = (thread: Session, name: string): Promise<ThreadReport | string> =>
    lookAtThread(thread, name, options, paused).catch((error) => explained(error, thread));
  const main = await look(session, "main");
  // All at once: one that is in a native call does not answer for long.
  const looks = (await attachWorkers(session)).map(async ({ name, session }) => {
    try {
      return await look(session, name);
    } catch (error) {
      return { name, failed: (error as Error).message };
    }
  });
  const threads: ThreadReport[] = typeof main === "string" ? [] : [main];
  const notes: string[] = [];
  for (const seen of await Promise.all(looks)) {
    if (typeof seen === "string") continue;
    if ("failed" in seen) notes.push(`${seen.name} is not shown: ${seen.failed}`);
    else threads.push(seen);
  }
  if (threads.some(hasNoStacks)) {
    notes.push(`No stacks are shown where the program's Error captures none${await hintIn(session)}`);
  }
  if (threads.length === 0) throw refusalOf(pid, main as string);
  return { threads, notes };
}

/** A string says why there is nothing to be seen. */
async function lookAtThread(
  session: Session,
  name: string,
  options: LookOptions,
  paused: (milliseconds: number) => void,
): Promise<ThreadReport | string> {
  const { value, objectId } = await callWithTools(session, BEGIN, [options.values], false);
  if (objectId === undefined) return String(value);
  const first = answerOf((await session.callOn(objectId, HEAD)).value);
  const head = first.data as ThreadHead;
  paused(first.milliseconds);
  if (head.format !== FORMAT) {
    throw new TargetError(
      `it runs another version of tsyncio (format ${head.format}) than this one (format ${FORMAT}): use the version that is installed there`,
    );
  }
  const slices = new Slices();
  for (let left = 1; left > 0; ) {
    const { milliseconds, data } = answerOf((await session.callOn(objectId, NEXT, [SLICE, GAP])).value);
    if (data === null) {
      await delay(milliseconds);
      continue;
    }
    paused(milliseconds);
    const slice = data as Slice;
    slices.add(slice);
    left = slice.left;
  }
  await session.call("Runtime.releaseObject", { objectId });
  return checkThread({ name, ...head, tasks: slices.tasks, stacks: slices.stacks });
}

/** Why looking into a process has failed where the inspector was not asked: `failure`, and what may be the cause. */
export async function explainedLater(failure: string, pid: number, force: boolean): Promise<string> {
  return `looking into the process has failed there: ${failure}${await hintLater(pid, force)}`;
}

/** `hintIn` where the inspector is not open any more. */
export function hintLater(pid: number, force: boolean): Promise<string> {
  return whileAttached(pid, { force }, hintIn).catch(() => "");
}

/** None of the tasks that stand somewhere shows where. */
function hasNoStacks({ tasks, stacks }: ThreadReport): boolean {
  const begun = tasks.filter(({ state }) => state === "waiting" || state === "ready");
  return begun.length > 0 && begun.every(({ stack }) => stacks[stack]?.every(({ file }) => file === ""));
}

function answerOf(text: unknown): { milliseconds: number; data: unknown } {
  const [time = "", packed = ""] = String(text).split(" ");
  const milliseconds = Number.parseFloat(time);
  if (!Number.isFinite(milliseconds)) throw new Error(`its clock shows ${time}`);
  return { milliseconds, data: packed === "" ? null : deserialize(Buffer.from(packed, "base64")) };
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
