/** The ways from a worker to its pool: ports between threads, the channel of a child process. */

import { type MessagePort, receiveMessageOnPort, type Transferable } from "node:worker_threads";
import { type ToPool, type ToWorker, unwrap, wrap } from "./messages.ts";
import type { WorkerLink } from "./workerSide.ts";

/** What a thread gets to talk with. */
export interface ThreadPorts {
  /** Jobs there, and everything back. */
  readonly jobs: MessagePort;
  /** See turns.ts. */
  readonly turns: Int32Array<SharedArrayBuffer>;
  /** The main loop's replies, and a number that goes up with each. */
  readonly replies: MessagePort;
  readonly signal: Int32Array;
}

/** Ports of our own, beside the pool library's. */
export class PortLink implements WorkerLink {
  private readonly ports: ThreadPorts;
  private receive: (message: ToWorker) => void = () => {};

  constructor(ports: ThreadPorts) {
    this.ports = ports;
  }

  post(message: ToPool, transfers: Transferable[]): void {
    this.ports.jobs.postMessage(message, transfers);
  }

  listen(receive: (message: ToWorker) => void): void {
    this.receive = receive;
    this.ports.replies.on("message", receive);
    this.ports.replies.unref();
  }

  readonly block = (done: () => boolean, ms: number): void => {
    const { replies, signal } = this.ports;
    const end = performance.now() + ms;
    for (;;) {
      const seen = Atomics.load(signal, 0);
      for (let next = receiveMessageOnPort(replies); next !== undefined; next = receiveMessageOnPort(replies)) {
        this.receive(next.message as ToWorker);
      }
      const left = end - performance.now();
      if (done() || left <= 0) return;
      Atomics.wait(signal, 0, seen, left);
    }
  };
}

/** The channel of `fork`, which the pool library uses too. It knows its own messages, we know ours: they are lists. */
export class ProcessLink implements WorkerLink {
  readonly block = null;

  post(message: ToPool): void {
    // Without a channel the parent is gone: this process ends too.
    process.send?.(wrap(message));
  }

  listen(receive: (message: ToWorker) => void): void {
    process.on("message", (message: unknown) => {
      if (Array.isArray(message)) receive(unwrap(message as unknown as ToWorker));
    });
  }
}
