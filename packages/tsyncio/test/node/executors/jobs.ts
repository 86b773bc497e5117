/** The functions that the tests run in workers. */

import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { CancelledError, ContextVar, type Coroutine, sleep, TimeoutError, ValueError } from "tsyncio";
import { blocking, mainLoop, report, transfer } from "tsyncio/executors";

export const add = blocking(import.meta, function add(a: number, b: number): number {
  return a + b;
});

export const echo = blocking(import.meta, function echo<T>(value: T): T {
  return value;
});

export const greet = blocking(import.meta, function greet(name: string, options: { polite?: boolean } = {}): string {
  return options.polite ? `Good day, ${name}` : `Hi ${name}`;
});

let counted = 0;

/** How often it has run in its worker. */
export const runs = blocking(import.meta, function runs(): number {
  return ++counted;
});

/** Which process and thread it runs in. */
export const where = blocking(import.meta, function where(): { pid: number; thread: number } {
  return { pid: process.pid, thread: threadId };
});

export const later = blocking(import.meta, async function later<T>(ms: number, value: T): Promise<T> {
  await delay(ms);
  return value;
});

/** Blocks its thread for that many milliseconds. */
export const block = blocking(import.meta, function block(ms: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
});

/** Appends a line to a file, then spins for so long, and appends another line. */
export const spin = blocking(import.meta, function spin(file: string, ms: number): void {
  appendFileSync(file, "begun\n");
  for (const end = performance.now() + ms; performance.now() < end; );
  appendFileSync(file, "ended\n");
});

/** Appends a line to a file, blocks its thread until the other file is there, and appends another line. */
export const hold = blocking(import.meta, function hold(file: string, end: string): void {
  appendFileSync(file, "begun\n");
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(end)) Atomics.wait(never, 0, 0, 5);
  appendFileSync(file, "ended\n");
});

/** Writes the file, and ends when the gate opens. */
export const writeAndWait = blocking(import.meta, function writeAndWait(file: string, gate: Int32Array): void {
  appendFileSync(file, "written\n");
  Atomics.wait(gate, 0, 0);
});
export const spinTerminably = blocking(
  import.meta,
  function spin(file: string, ms: number): void {
    appendFileSync(file, "begun\n");
    for (const end = performance.now() + ms; performance.now() < end; );
    appendFileSync(file, "ended\n");
  },
  { name: "spinTerminably", cancel: "terminate" },
);

class Odd extends Error {
  override name = "Odd";
  readonly code = "E_ODD";
}

export const fail = blocking(import.meta, function fail(kind: string): never {
  switch (kind) {
    case "ValueError":
      throw new ValueError("not a good value", { cause: new RangeError("the cause") });
    case "TimeoutError":
      throw new TimeoutError("late");
    case "CancelledError":
      throw new CancelledError("by the job");
    case "AggregateError":
      throw new AggregateError([new TypeError("one"), "two"], "both");
    case "Odd":
      throw Object.assign(new Odd("strange"), { helper: () => {} });
    case "string":
      throw "just a string";
    case "function":
      throw () => "cannot be sent";
    default:
      throw new Error(kind);
  }
});

export const exit = blocking(import.meta, function exit(code: number): never {
  process.exit(code);
});

export const killMyself = blocking(import.meta, function killMyself(): Promise<never> {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {});
});

/** Reports when it is ready for SIGTERM, and ends when that has come. */
export const ignoreTerm = blocking(import.meta, async function ignoreTerm(): Promise<string> {
  const signal = new Promise<string>((resolve) => process.once("SIGTERM", resolve));
  report("ready");
  return await signal;
});

/** These leave something behind that happens when they have ended. */
export const throwLater = blocking(import.meta, function throwLater(): void {
  setTimeout(() => {
    throw new RangeError("left behind");
  }, 5);
});
export const rejectLater = blocking(import.meta, function rejectLater(): void {
  setTimeout(() => void Promise.reject(new RangeError("left behind")), 5);
});
export const writeLater = blocking(import.meta, function writeLater(file: string): void {
  setTimeout(() => appendFileSync(file, "written"), 5);
});

/** Fails outside of the job's own promise. */
export const crash = blocking(import.meta, function crash(): Promise<never> {
  setImmediate(() => {
    throw new RangeError("in a timer");
  });
  return new Promise(() => {});
});

export const exhaust = blocking(import.meta, function exhaust(): number {
  const list: string[][] = [];
  for (;;) list.push(new Array(100_000).fill("x").map((x, i) => x + i));
});

export const giveFunction = blocking(import.meta, function giveFunction(): unknown {
  return { nested: [() => 1] };
});

export const count = blocking(import.meta, function count(to: number): number {
  for (let i = 1; i <= to; i++) report(i);
  return to;
});

export const countSlowly = blocking(import.meta, async function countSlowly(to: number, ms: number): Promise<number> {
  for (let i = 1; i <= to; i++) {
    report({ i, of: to });
    await delay(ms);
  }
  return to;
});

export const reportFunction = blocking(import.meta, function reportFunction(): void {
  report(() => 1);
});

export const fill = blocking(import.meta, function fill(bytes: Uint8Array, value: number): Uint8Array {
  bytes.fill(value);
  return transfer(bytes, [bytes.buffer as ArrayBuffer]);
});

/** What an initializer has set in this worker. */
let setting = "nothing";
let initialised = 0;
export const initialise = blocking(import.meta, function initialise(value: string): void {
  setting = value;
  initialised++;
});
export const getSetting = blocking(import.meta, () => `${setting} ${initialised}`, { name: "getSetting" });
export const badInitialiser = blocking(import.meta, function badInitialiser(): void {
  throw new ValueError("no licence");
});

export const environment = blocking(import.meta, function environment(name: string): string | undefined {
  return process.env[name];
});

export const print = blocking(import.meta, function print(lines: number): void {
  for (let i = 1; i <= lines; i++) console.log(`line ${i}`);
});

/** Counts up a number in shared memory: how often it has run. Then spins, waits, or ends its thread. */
export const tally = blocking(import.meta, function tally(cells: Int32Array, index: number, how: string, ms: number):
  | number
  | Promise<number> {
  Atomics.add(cells, index, 1);
  if (how === "wait") return delay(ms, index);
  if (how === "exit") process.exit(1);
  for (const end = performance.now() + ms; performance.now() < end; );
  return index;
});

/** Blocks its thread until the number in shared memory is not 0. */
export const waitFor = blocking(import.meta, function waitFor(gate: Int32Array): string {
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    if (Atomics.load(gate, 0) !== 0) return "opened";
  }
  return "no answer";
});

// For the main loop.

export const seen: unknown[] = [];
export const note = blocking(import.meta, function note(...values: unknown[]): void {
  seen.push(...values, threadId);
});
export const double = blocking(import.meta, function* double(n: number): Coroutine<number> {
  yield* sleep(0.01);
  if (n < 0) throw new ValueError("negative");
  return n * 2;
});
let isForeverRunning = false;
export const forever = blocking(import.meta, function* forever(): Coroutine<void> {
  isForeverRunning = true;
  try {
    yield* sleep(3600);
  } finally {
    isForeverRunning = false;
    seen.push("cancelled");
  }
});
/** A task that is cancelled before it runs does not run at all. */
export const foreverRuns = blocking(import.meta, function* foreverRuns(): Coroutine<void> {
  while (!isForeverRunning) yield* sleep(0.001);
});

export const callSoon = blocking(import.meta, function callSoon(): void {
  mainLoop().callSoonThreadsafe(note, "from a job", [1, 2]);
});
export const doubleAsync = blocking(import.meta, async function doubleAsync(n: number): Promise<number> {
  return (await mainLoop().runCoroutineThreadsafe(double, n)) + 1;
});
export const doubleBlocking = blocking(import.meta, function doubleBlocking(n: number): number {
  return mainLoop().runCoroutineThreadsafe(double, n).result() + 1;
});
export const tooLate = blocking(import.meta, function tooLate(): string {
  const future = mainLoop().runCoroutineThreadsafe(forever);
  mainLoop().runCoroutineThreadsafe(foreverRuns).result();
  try {
    future.result(0.05);
    return "a result";
  } catch (error) {
    future.cancel();
    return String(error);
  }
});
export const cancelled = blocking(import.meta, async function cancelled(): Promise<string> {
  const future = mainLoop().runCoroutineThreadsafe(forever);
  await mainLoop().runCoroutineThreadsafe(foreverRuns);
  future.cancel();
  return await future.then(String, String);
});

/** A context variable: here it has its default, on the loop what was set there. */
export const user = new ContextVar("user", { default: "nobody" });
export const whoOnLoop = blocking(import.meta, function* whoOnLoop(): Coroutine<string> {
  yield* sleep(0);
  return user.get();
});
export const noteUser = blocking(import.meta, function noteUser(): void {
  seen.push(user.get());
});
export const who = blocking(import.meta, async function who(): Promise<string[]> {
  mainLoop().callSoonThreadsafe(noteUser);
  return [user.get(), await mainLoop().runCoroutineThreadsafe(whoOnLoop)];
});

/** Code that its job leaves behind asks the main loop, and tells what it got. */
let answered = "";
export const askLate = blocking(import.meta, function askLate(): void {
  setTimeout(
    () =>
      mainLoop()
        .runCoroutineThreadsafe(double, 1)
        .then(String, String)
        .then((text) => {
          answered = text;
        }),
    20,
  );
});
export const lateAnswer = blocking(import.meta, async function lateAnswer(): Promise<string> {
  while (answered === "") await delay(5);
  return answered;
});
export const initialiseByLoop = blocking(import.meta, async function initialiseByLoop(): Promise<void> {
  await mainLoop().runCoroutineThreadsafe(double, 1);
});
