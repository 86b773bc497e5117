/** The ways from a worker to its pool: a port between threads, the channel of a child process. */

import { type MessagePort, receiveMessageOnPort, type Transferable } from "node:worker_threads";
import type { ToPool, ToWorker } from "./messages.ts";
import type { WorkerLink } from "./workerSide.ts";

/** A port of our own beside the pool's, and a number that the other side counts up with each message. */
export class PortLink implements WorkerLink {
  private readonly port: MessagePort;
  private readonly signal: Int32Array;
  private receive: (message: ToWorker) => void = () => {};

  constructor(port: MessagePort, signal: Int32Array) {
    this.port = port;
    this.signal = signal;
  }

  post(message: ToPool, transfers: Transferable[]): void {
    this.port.postMessage(message, transfers);
  }

  listen(receive: (message: ToWorker) => void): void {
    this.receive = receive;
    this.port.on("message", receive);
    this.port.unref();
  }

  readonly block = (done: () => boolean, ms: number): void => {
    const end = performance.now() + ms;
    for (;;) {
      const seen = Atomics.load(this.signal, 0);
      for (let next = receiveMessageOnPort(this.port); next !== undefined; next = receiveMessageOnPort(this.port)) {
        this.receive(next.message as ToWorker);
      }
      const left = end - performance.now();
      if (done() || left <= 0) return;
      Atomics.wait(this.signal, 0, seen, left);
    }
  };
}

/** The channel of `fork`, which the pool library uses too. It knows its own messages, we know ours: they are lists. */
export class ProcessLink implements WorkerLink {
  readonly block = null;

  post(message: ToPool): void {
    // Without a channel the parent is gone: this process ends too.
    process.send?.(message);
  }

  listen(receive: (message: ToWorker) => void): void {
    process.on("message", (message: unknown) => {
      if (Array.isArray(message)) receive(message as unknown as ToWorker);
    });
  }
}
