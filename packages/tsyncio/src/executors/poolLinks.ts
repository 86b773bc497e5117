/** The ways from a pool to its workers, beside the one of the pool library. */

import { MessageChannel, type MessagePort, receiveMessageOnPort, type Transferable } from "node:worker_threads";
import type { TinypoolChannel } from "tinypool";
import { type Outcome, PACKED, pack, type ToPool, type ToWorker, VALUE } from "./messages.ts";

export interface PoolLink {
  /** Throws if the value cannot be sent. */
  reply(call: number, value: unknown, transfers: Transferable[]): void;
  replyOutcome(call: number, outcome: Outcome): void;
  /** Takes what has come already. */
  drain(): void;
  close(): void;
}

/** A port, and a number that goes up with each message, for workers that block. */
export class ThreadPoolLink implements PoolLink {
  /** What the worker gets. */
  readonly remote: MessagePort;
  readonly signal = new Int32Array(new SharedArrayBuffer(4));
  private readonly port: MessagePort;
  private readonly receive: (message: ToPool) => void;

  constructor(receive: (message: ToPool) => void) {
    const { port1, port2 } = new MessageChannel();
    this.remote = port2;
    this.port = port1;
    this.receive = receive;
    port1.on("message", receive);
    port1.unref(); // The job that runs holds the process; the pool library sees to that.
  }

  reply(call: number, value: unknown, transfers: Transferable[]): void {
    this.post(["reply", call, [VALUE, value]], transfers);
  }

  replyOutcome(call: number, outcome: Outcome): void {
    this.post(["reply", call, outcome], []);
  }

  drain(): void {
    for (let next = receiveMessageOnPort(this.port); next !== undefined; next = receiveMessageOnPort(this.port)) {
      this.receive(next.message as ToPool);
    }
  }

  close(): void {
    this.port.close();
  }

  private post(message: ToWorker, transfers: Transferable[]): void {
    this.port.postMessage(message, transfers);
    Atomics.add(this.signal, 0, 1);
    Atomics.notify(this.signal, 0);
  }
}

/** The channel of a child process, which the pool library lends us. Messages come in order with the results. */
export class ProcessPoolLink implements PoolLink {
  readonly channel: TinypoolChannel;
  private send: (message: ToWorker) => void = () => {};

  constructor(receive: (message: ToPool) => void) {
    this.channel = {
      onMessage: (send) => {
        this.send = send;
      },
      postMessage: (message: unknown) => {
        if (Array.isArray(message)) receive(message as unknown as ToPool);
      },
    };
  }

  reply(call: number, value: unknown): void {
    this.send(["reply", call, [PACKED, pack(value)]]);
  }

  replyOutcome(call: number, outcome: Outcome): void {
    this.send(["reply", call, outcome]);
  }

  drain(): void {}

  close(): void {
    this.send = () => {};
  }
}
