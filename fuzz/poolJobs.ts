/** What the workers of the pool fuzzer run. */

import { appendFileSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { type Coroutine, sleep } from "tsyncio";
import { blocking, mainLoop, report } from "tsyncio/executors";

/** What a job does. The first ones return its number; the last ones end its worker. */
export const HOW = [
  "spin",
  "wait",
  "report",
  "ask",
  "send",
  "throw",
  "uncaught",
  "exit",
  "kill",
  "exhaust",
  "scribble",
] as const;
export type How = (typeof HOW)[number];

/** Where a job notes that it has begun: shared memory, or a file of processes. */
export type Notes = Int32Array | string;

/** On the main loop. */
export const answer = blocking(import.meta, function* answer(n: number): Coroutine<number> {
  yield* sleep(0);
  return n;
});

export const act = blocking(import.meta, function act(notes: Notes, n: number, how: How, ms: number):
  | number
  | Promise<number> {
  if (typeof notes === "string") appendFileSync(notes, `${n}\n`);
  else Atomics.add(notes, n, 1);
  switch (how) {
    case "wait":
      return delay(ms, n);
    case "report":
      for (let i = 0; i < REPORTS; i++) report(i);
      return n;
    case "ask":
      return Promise.resolve(mainLoop().runCoroutineThreadsafe(answer, n));
    case "send":
      parentPort?.postMessage(null);
      return n;
    case "throw":
      throw new RangeError(`job ${n}`);
    case "uncaught":
      setTimeout(() => {
        throw new RangeError("in a timer");
      }, ms);
      return new Promise(() => {});
    case "exit":
      return process.exit(ms);
    case "kill":
      process.kill(process.pid, "SIGKILL");
      return new Promise(() => {});
    case "scribble":
      writeSync(3, "no message of a worker"); // the pipe to the pool
      return n;
    case "exhaust":
      for (const kept: number[][] = []; ; ) kept.push(new Array(100_000).fill(kept.length));
    default:
      for (const end = performance.now() + ms; performance.now() < end; );
      return n;
  }
});

export const REPORTS = 20;

export const double = blocking(import.meta, function double(n: number): number {
  return 2 * n;
});
