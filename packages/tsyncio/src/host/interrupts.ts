/** The signals that end a process, and the runs that clean up before. */

import { KeyboardInterrupt } from "../base/errors.ts";
import type { Interruptible } from "../kernel/host.ts";
import { kernel } from "../kernel/state.ts";

interface Process {
  on(event: string, listener: (value: unknown) => void): unknown;
  off(event: string, listener: (value: unknown) => void): unknown;
  listenerCount(event: string): number;
  removeAllListeners(event: string): unknown;
  kill(pid: number, signal: string): void;
  pid: number;
}

const platform = globalThis as { process?: Partial<Process> };

/** What a `run` handles unless it is told otherwise, and then only where the program does not listen itself. */
const DEFAULT = ["SIGINT"];
/** How long, in seconds, a program that has caught KeyboardInterrupt may take to end by itself. */
const GRACE = 1;

/** The runs that are alive, and the signals for which each of them makes the process listen. */
const runs = new Map<Interruptible, readonly string[]>();
const listeners = new Map<string, () => void>();
/** The signal that is going to end the process, and the runs that it waits for. */
let ending: { signal: string; waiting: Set<Interruptible> } | null = null;
/** Those that the signal has reached: a `Runner` is still to be closed. */
const reached = new WeakSet<Interruptible>();

/**
 * The run is alive until the function that is returned is called: a signal which a live run handles interrupts all of
 * them. When they have ended the process ends by it, a second signal ends it at once. `signals` is null for the
 * default.
 */
export function enterRun(run: Interruptible, signals: readonly string[] | null): () => void {
  const process = platform.process;
  if (!isProcess(process)) return () => {};
  const handled = (signals ?? DEFAULT).filter((name) => signals !== null || isOurs(process, name));
  runs.set(run, handled);
  for (const name of handled) listen(process, name);
  if (reached.has(run)) ending?.waiting.add(run);
  return () => leave(process, run);
}

function isProcess(process: Partial<Process> | undefined): process is Process {
  return typeof process?.on === "function" && typeof process.off === "function" && typeof process.kill === "function";
}

/** No other code listens to the signal. */
function isOurs(process: Process, name: string): boolean {
  return process.listenerCount(name) === (listeners.has(name) ? 1 : 0);
}

function listen(process: Process, name: string): void {
  if (listeners.has(name)) return;
  const listener = (): void => arrived(process, name);
  process.on(name, listener);
  listeners.set(name, listener);
}

function arrived(process: Process, name: string): void {
  if (ending !== null) {
    process.removeAllListeners(name);
    endBy(process, name);
    return;
  }
  if ([...kernel.loops, kernel.nativeLoop].some((loop) => loop?._handledSignals?.has(name))) return;
  ending = { signal: name, waiting: new Set(runs.keys()) };
  dieUncaught(process, name);
  for (const run of [...ending.waiting]) {
    reached.add(run);
    run.interrupt(name);
  }
}

function leave(process: Process, run: Interruptible): void {
  runs.delete(run);
  for (const [name, listener] of listeners) {
    if ([...runs.values()].some((handled) => handled.includes(name))) continue;
    process.off(name, listener);
    listeners.delete(name);
  }
  if (ending?.waiting.delete(run) !== true || ending.waiting.size > 0) return;
  // Holds nothing: a program that has nothing left to do ends before, and with the exit code that it has chosen.
  const timer = setTimeout(() => die(process), GRACE * 1000);
  (timer as { unref?(): void }).unref?.();
}

/** Unless a Runner is being closed, which comes back here. */
function die(process: Process): void {
  if (ending === null || ending.waiting.size > 0) return;
  const listener = listeners.get(ending.signal);
  if (listener !== undefined) process.off(ending.signal, listener);
  endBy(process, ending.signal);
}

/** Windows can send only SIGINT, SIGTERM, SIGQUIT and SIGKILL: a console that closes is heard as SIGHUP. */
function endBy(process: Process, name: string): void {
  try {
    process.kill(process.pid, name);
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}

/** A program that does not catch KeyboardInterrupt ends by the signal, as in Python, and not with an exit code. */
function dieUncaught(process: Process, name: string): void {
  process.on("uncaughtExceptionMonitor", (error) => {
    if (!(error instanceof KeyboardInterrupt)) return;
    process.on("exit", () => {
      process.removeAllListeners(name);
      endBy(process, name);
    });
  });
}
