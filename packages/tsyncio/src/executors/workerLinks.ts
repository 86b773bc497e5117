/** The ways from a worker to its pool: ports between threads, the channel of a child process. */

import { receiveMessageOnPort, type Transferable } from "node:worker_threads";
import { copyForProcess, copyForThread, pack, type Reply, type ToPool } from "./messages.ts";
import type { ThreadPorts, WorkerLink } from "./workerSide.ts";

/** Ports of our own, beside the pool library's. */
export class PortLink implements WorkerLink {
  private readonly ports: ThreadPorts;
  private receive: (message: Reply) => void = () => {};

  constructor(ports: ThreadPorts) {
    this.ports = ports;
  }

  post(message: ToPool, transfers: Transferable[]): void {
    this.ports.jobs.postMessage(message, transfers);
  }

  readonly copy = copyForThread;

  listen(receive: (message: Reply) => void): void {
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
        this.receive(next.message as Reply);
      }
      const left = end - performance.now();
      if (done() || left <= 0) return;
      Atomics.wait(signal, 0, seen, left);
    }
  };
}

/** The channel of `fork`. */
export class ProcessLink implements WorkerLink {
  readonly block = null;
  receive: (message: Reply) => void = () => {};
  /** A job may put something else in its place. */
  private readonly send = process.send?.bind(process);

  post(message: ToPool): void {
    // An error has the end of the channel for its cause, and then the pool ends this process.
    this.send?.(pack(message), undefined, undefined, () => {});
  }

  readonly copy = copyForProcess;

  listen(receive: (message: Reply) => void): void {
    this.receive = receive;
  }
}
