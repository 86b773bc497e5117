/** The cancel fuzzer: random programs on virtual time, all cancellation. */

import { allTasks, type EventLoop, eagerTaskFactory, sleep, virtualLoop } from "tsyncio";
import { kernel } from "../packages/tsyncio/src/kernel/state.ts";
import { Random } from "../packages/tsyncio/src/testing/random.ts";
import { Interpreter } from "./cancel/interpreter.ts";
import { Ledger } from "./cancel/ledger.ts";
import { makeProgram, type Program } from "./cancel/program.ts";
import type { Fuzzer, FuzzRun } from "./fuzzer.ts";

/** Seconds of virtual time, in which everything that is cancelled comes to its end. */
const LONG = 10_000;
/** A task may refuse, and wait again; but no program is long. */
const ROUNDS = 100;

export const cancel: Fuzzer = {
  name: "cancel",
  what: "programs of cancellations on virtual time: none is lost or invented, and everything is cleaned up",
  cases: "programs",
  short: 1500,
  run: fuzz,
};

async function fuzz({ seed: first, seconds, count, begin, report }: FuzzRun): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let ran = 0;
  for (; ran < count && performance.now() < end; ran++) {
    const seed = first + ran;
    begin(seed);
    // Virtual time stands still for the platform.
    if (ran % 100 === 0) await new Promise(setImmediate);
    const program = makeProgram(new Random(seed));
    const [rule] = await runProgram(program);
    if (rule !== undefined) report({ seed, what: rule, error: JSON.stringify(program) });
  }
  return ran;
}

/** The rules that were broken. */
async function runProgram({ main, eager, debug }: Program): Promise<readonly string[]> {
  const ledger = new Ledger();
  const loop = virtualLoop();
  loop.setDebug(debug);
  loop.slowCallbackDuration = Number.POSITIVE_INFINITY;
  loop.setExceptionHandler((_loop, context) => ledger.hear(context));
  if (eager) loop.setTaskFactory(eagerTaskFactory);
  const { onCancel } = kernel;
  kernel.onCancel = (task, msg) => {
    onCancel?.(task, msg);
    ledger.countCancel(task);
  };
  try {
    const interpreter = new Interpreter(ledger, eager);
    const task = loop.createTask(interpreter.body(ledger.note("main", null), main), { name: "main" });
    ledger.tasks.set("main", task);
    // A program that gets stuck is none that is wrong: everything in it can be cancelled.
    await loop.runUntilComplete(task).catch(() => {});
    await endAll(loop, ledger);
    if (task.done() && !task.cancelled()) ledger.see(task.exception());
    if (ledger.broken.length === 0) interpreter.primitives.checkFree();
  } catch (error) {
    ledger.break(`the loop has thrown ${String(error)}`);
  } finally {
    kernel.onCancel = onCancel;
    loop.close();
  }
  if (ledger.broken.length === 0) ledger.checkEnd();
  return ledger.broken;
}

async function endAll(loop: EventLoop, ledger: Ledger): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await loop.runUntilComplete(sleep(LONG));
    const left = [...allTasks(loop)];
    if (left.length === 0) return;
    for (const task of left) task.cancel();
  }
  ledger.break(`these tasks do not end: ${[...allTasks(loop)].join(", ")}`);
}
