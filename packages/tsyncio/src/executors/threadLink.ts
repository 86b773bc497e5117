/** A thread of a pool: node:worker_threads. */

import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Transferable,
  Worker,
  type WorkerOptions,
} from "node:worker_threads";
import { copyForThread } from "./copies.ts";
import type { ToPool, ToWorker } from "./messages.ts";
import { optionsForThread } from "./nodeOptions.ts";
import type { ThreadData } from "./portLink.ts";
import { SharedTurns } from "./turns.ts";
import { workerFile } from "./workerFile.ts";
import type { LinkListener, WorkerKind, WorkerLink } from "./workerLink.ts";

/**
 * The jobs go by a port of ours, some of them in advance, and the thread does all that are there before it looks at its
 * event loop again. So a small job costs one message each way, and the thread does not fall asleep between two of them.
 */
export class ThreadLink implements WorkerLink {
  readonly ahead = 16;
  readonly moves = true;
  readonly turns = new SharedTurns();
  readonly copy = copyForThread;
  private readonly listener: LinkListener;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  /** Goes up with each message, for a thread that sleeps without its event loop. */
  private readonly sent = new Int32Array(new SharedArrayBuffer(4));

  /** Throws for options that Node does not have. */
  constructor({ env, execArgv, resourceLimits }: WorkerKind, listener: LinkListener) {
    this.listener = listener;
    const { port1, port2 } = new MessageChannel();
    const data: ThreadData = { port: port2, turns: this.turns.memory, sent: this.sent };
    const options: WorkerOptions = { workerData: data, transferList: [port2] };
    if (env !== undefined) options.env = env;
    const ownOptions = execArgv ?? optionsForThread();
    if (ownOptions !== undefined) options.execArgv = [...ownOptions];
    if (resourceLimits !== undefined) options.resourceLimits = resourceLimits;
    // Node would read more from a prototype.
    this.worker = new Worker(workerFile(), Object.setPrototypeOf(options, null));
    this.worker.on("message", (message) => listener.foreign("parentPort.postMessage()", message));
    this.worker.on("error", (cause) => listener.gone({ cause, exitCode: 1, signal: null }));
    this.worker.on("exit", (exitCode) => listener.gone({ cause: undefined, exitCode, signal: null }));
    this.port = port1;
    port1.on("message", (message: ToPool) => {
      listener.message(message);
      this.collect();
    });
    port1.on("messageerror", (cause) => this.unreadable(cause));
    port1.unref(); // The worker holds the process, or does not.
  }

  send(message: ToWorker, transfers: Transferable[]): void {
    this.port.postMessage(message, transfers);
    Atomics.add(this.sent, 0, 1);
    Atomics.notify(this.sent, 0);
  }

  collect(): void {
    for (let next = this.next(); next !== undefined; next = this.next()) {
      this.listener.message(next.message as ToPool);
    }
  }

  hold(on: boolean): void {
    if (on) this.worker.ref();
    else this.worker.unref();
  }

  /** There is one way to end a thread. */
  signal(): void {
    void this.worker.terminate();
  }

  async end(): Promise<void> {
    this.port.close();
    this.worker.ref();
    await this.worker.terminate();
  }

  private next(): { message: unknown } | undefined {
    try {
      return receiveMessageOnPort(this.port);
    } catch (error) {
      // Deno throws for a port of which either side is closed.
      if (process.versions.deno === undefined) this.unreadable(error);
      return undefined;
    }
  }

  /** A message has come, and cannot be read: a job would wait forever for what it says. */
  private unreadable(cause: unknown): void {
    this.listener.gone({ cause, exitCode: null, signal: null });
  }
}
