/** The ways of the main loop's replies to the workers. */

import type { ChildProcess } from "node:child_process";
import { MessageChannel, type MessagePort, type Transferable } from "node:worker_threads";
import { sendTo } from "./childProcess.ts";
import { copyForProcess, copyForThread, type Outcome, type Reply, VALUE } from "./messages.ts";

export interface ReplyLink {
  /** Throws if the value cannot be sent. */
  reply(call: number, value: unknown, transfers: Transferable[]): void;
  replyOutcome(call: number, outcome: Outcome): void;
  /** What the worker gets when it is sent the value. Throws if it cannot be sent. */
  readonly copy: (value: unknown) => unknown;
}

/** A port, and a number that goes up with each message, for threads that block. */
export class ThreadReplies implements ReplyLink {
  readonly copy = copyForThread;
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

  private post(message: Reply, transfers: Transferable[]): void {
    this.port.postMessage(message, transfers);
    Atomics.add(this.signal, 0, 1);
    Atomics.notify(this.signal, 0);
  }
}

/** The channel of a child process. */
export class ProcessReplies implements ReplyLink {
  readonly copy = copyForProcess;
  private readonly child: ChildProcess;

  constructor(child: ChildProcess) {
    this.child = child;
  }

  reply(call: number, value: unknown): void {
    this.replyOutcome(call, [VALUE, value]);
  }

  replyOutcome(call: number, outcome: Outcome): void {
    sendTo(this.child, ["reply", call, outcome]);
  }

  close(): void {}
}
