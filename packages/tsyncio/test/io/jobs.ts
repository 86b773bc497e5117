/** What the tests run in workers: a module of its own, since a worker loads it. */

import { writeSync } from "node:fs";
import { type Coroutine, sleep, ValueError } from "tsyncio";
import { blocking, mainLoop, report, transfer } from "tsyncio/executors";

export const add = blocking(import.meta, function add(a: number, b: number): number {
  return a + b;
});

export const fail = blocking(import.meta, function fail(): never {
  throw new ValueError("not a good value");
});

export const exit = blocking(import.meta, function exit(): void {
  process.exit(3);
});

/** Fails outside of the job itself. */
export const crash = blocking(import.meta, function crash(how: "throw" | "reject"): Promise<never> {
  setTimeout(() => {
    if (how === "throw") throw new RangeError("outside");
    void Promise.reject(new RangeError("outside"));
  });
  return new Promise(() => {});
});

export const echo = blocking(import.meta, function echo<T>(value: T): T {
  return value;
});

export const giveFunction = blocking(import.meta, function giveFunction(): unknown {
  return () => 1;
});

export const variable = blocking(import.meta, function variable(name: string): string | undefined {
  return process.env[name];
});

let made = "nothing";
export const initialise = blocking(import.meta, function initialise(what: string): void {
  made = what;
});
export const whatWasMade = blocking(import.meta, function whatWasMade(): string {
  return made;
});

/** Reports that it has begun, and never ends. */
export const hang = blocking(import.meta, function hang(): Promise<never> {
  report("begun");
  setInterval(() => {}, 60_000);
  return new Promise(() => {});
});

/** Leaves a timer behind, which a later job can see. */
let rung = false;
export const ring = blocking(import.meta, function ring(): void {
  setTimeout(() => {
    rung = true;
  }, 1);
});
export const hasRung = blocking(import.meta, function hasRung(): boolean {
  return rung;
});

/** Writes to the pipe by which a process speaks to its pool. */
export const scribble = blocking(import.meta, function scribble(): string {
  writeSync(3, "no message of a worker");
  return "done";
});

export const forEver = blocking(
  import.meta,
  function forEver(): void {
    for (;;);
  },
  { cancel: "terminate" },
);

export const count = blocking(import.meta, function count(to: number): number {
  for (let i = 1; i <= to; i++) report(i);
  return to;
});

export const fill = blocking(import.meta, function fill(bytes: Uint8Array): Uint8Array {
  bytes.fill(7);
  return transfer(bytes, [bytes.buffer as ArrayBuffer]);
});

export const onLoop = blocking(import.meta, function* onLoop(n: number): Coroutine<number> {
  yield* sleep(0.001);
  return n * 2;
});

export const askLoop = blocking(import.meta, async function askLoop(n: number): Promise<number> {
  return (await mainLoop().runCoroutineThreadsafe(onLoop, n)) + 1;
});
