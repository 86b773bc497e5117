/** The ways from a pool to its workers, beside the one of the pool library. */

import { MessageChannel, type MessagePort, type Transferable } from "node:worker_threads";
import type { TinypoolChannel } from "tinypool";
import { type Outcome, PACKED, pack, type ToPool, type ToWorker, unwrap, VALUE, wrap } from "./messages.ts";

/** The way of the main loop's replies. */
export interface ReplyLink {
  /** Throws if the value cannot be sent. */
  reply(call: number, value: unknown, transfers: Transferable[]): void;
  replyOutcome(call: number, outcome: Outcome): void;
}

/** A port, and a number that goes up with each message, for threads that block. */
export class ThreadReplies implements ReplyLink {
  /** What the thread gets. */
  readonly remote: MessagePort;
  readonly signal = new Int32Array(new SharedArrayBuffer(4));
  private readonly port: MessagePort;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.remote = port2;
    port1.unref();
  }

  reply(call: number, value: unknown, transfers: Transferable[]): void {
    this.post(["reply", call, [VALUE, value]], transfers);
  }

  replyOutcome(call: number, outcome: Outcome): void {
    this.post(["reply", call, outcome], []);
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
export class ProcessChannel implements ReplyLink {
  readonly channel: TinypoolChannel;
  private send: (message: unknown) => void = () => {};

  constructor(receive: (message: ToPool) => void) {
    this.channel = {
      onMessage: (send) => {
        this.send = send;
      },
      postMessage: (message: unknown) => {
        if (Array.isArray(message)) receive(unwrap(message as unknown as ToPool));
      },
    };
  }

  reply(call: number, value: unknown): void {
    this.send(["reply", call, [PACKED, pack(value)]]);
  }

  replyOutcome(call: number, outcome: Outcome): void {
    this.send(wrap<ToWorker>(["reply", call, outcome]));
  }

  close(): void {
    this.send = () => {};
  }
}
