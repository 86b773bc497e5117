/** The processes of pools: how they are made, talked to and watched. */

import { type ChildProcess, fork, type Serializable } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { pack, type ToProcess, textOnly } from "./messages.ts";
import type { Ended, WorkerKind } from "./slot.ts";
import { workerFile } from "./workerFile.ts";

/** How long the channel of a process that has ended may stay open, in milliseconds: a process of a job's may have it. */
const PATIENCE = 1000;

/** `receive` gets whatever any code in the process sends. */
export function startProcess({ env, execArgv }: WorkerKind, receive: (message: unknown) => void): ChildProcess {
  const child = fork(workerFile("workerProcess"), [], {
    // The process knows by the end of its stdin that this one has gone: see guard.ts.
    stdio: ["pipe", "pipe", "pipe", "ipc"],
    serialization: textOnly() ? "json" : "advanced",
    ...(env === undefined ? {} : { env }),
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
  });
  child.on("message", (message, handle) => {
    (handle as { destroy?(): void } | undefined)?.destroy?.();
    receive(message);
  });
  refuseHandles(child, receive);
  forward(child.stdout, process.stdout);
  forward(child.stderr, process.stderr);
  hold(child, false);
  return child;
}

/** Throws if a value cannot be sent. That a process has ended is told by `exitOf`. */
export function sendTo(child: ChildProcess, message: ToProcess): void {
  const packed = pack(message);
  if (child.connected) child.send(packed as Serializable, () => {});
}

/** Whether this process stays alive for the other one. */
export function hold(child: ChildProcess, on: boolean): void {
  // Bun's channel cannot be held.
  if (on) {
    child.ref();
    child.channel?.ref?.();
  } else {
    child.unref();
    child.channel?.unref?.();
  }
}

/** How the process has ended; when all that it has sent is here. One that has closed its channel is ended. */
export function exitOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    let ended: Ended | null = null;
    child.on("error", (cause) => {
      if (child.pid === undefined) resolve({ cause, exitCode: null, signal: null }); // It was never made.
    });
    child.once("disconnect", () => {
      if (ended === null) child.kill("SIGKILL");
      else resolve(ended);
    });
    child.once("exit", (exitCode, signal) => {
      ended = { cause: undefined, exitCode, signal };
      if (!child.connected) return resolve(ended);
      setTimeout(() => child.connected && child.disconnect(), PATIENCE).unref();
    });
  });
}

/** What the process prints, this one prints. */
function forward(from: Readable | null, to: Writable): void {
  if (from === null || from === undefined) return; // The process was never made.
  const most = to.getMaxListeners();
  if (most > 0) {
    to.setMaxListeners(most + 1);
    from.once("close", () => to.setMaxListeners(to.getMaxListeners() - 1));
  }
  from.on("error", () => {});
  from.pipe(to);
  (from as { unref?(): void }).unref?.();
}

/**
 * Node's own messages about sockets that are sent along. Nothing sends any here but a job that wants to do harm, or does
 * not know better: Node would throw.
 */
function refuseHandles(child: ChildProcess, receive: (message: unknown) => void): void {
  const [answer] = child.listeners("internalMessage");
  if (answer === undefined) return;
  child.removeAllListeners("internalMessage");
  child.on("internalMessage", (message: { cmd?: unknown }, handle: unknown) => {
    try {
      if (message?.cmd === "NODE_HANDLE") answer.call(child, message, handle);
    } catch {
      receive(message);
    }
  });
}
