/** From a thread to its pool: a port. */

import { type MessagePort, receiveMessageOnPort, type Transferable } from "node:worker_threads";
import { copyForThread } from "./copies.ts";
import type { ToPool, ToWorker } from "./messages.ts";
import type { PoolLink } from "./poolLink.ts";
import { SharedTurns } from "./turns.ts";

/** What a thread is begun with. */
export interface ThreadData {
  readonly port: MessagePort;
  /** See turns.ts. */
  readonly turns: Int32Array<SharedArrayBuffer>;
  /** How many messages the pool has sent. */
  readonly sent: Int32Array<SharedArrayBuffer>;
}

/** In milliseconds. */
const MOMENT = 1;

export class PortLink implements PoolLink {
  readonly copy = copyForThread;
  private readonly port: MessagePort;
  private readonly turns: SharedTurns;
  private readonly sent: Int32Array;

  constructor({ port, turns, sent }: ThreadData) {
    this.port = port;
    this.turns = new SharedTurns(turns);
    this.sent = sent;
  }

  post(message: ToPool, transfers: Transferable[]): void {
    this.port.postMessage(message, transfers);
  }

  begin(turn: number): boolean {
    return this.turns.begin(turn);
  }

  listen(receive: (message: ToWorker) => void): void {
    this.port.on("message", receive);
    this.port.on("messageerror", (error) => {
      throw error; // ends the thread
    });
  }

  take(): ToWorker | undefined {
    return receiveMessageOnPort(this.port)?.message as ToWorker | undefined;
  }

  takeSoon(): ToWorker | undefined {
    const seen = Atomics.load(this.sent, 0);
    return this.take() ?? (Atomics.wait(this.sent, 0, seen, MOMENT) === "timed-out" ? undefined : this.take());
  }

  readonly block = (look: () => boolean, ms: number): void => {
    const end = performance.now() + ms;
    for (;;) {
      const seen = Atomics.load(this.sent, 0);
      const left = end - performance.now();
      if (look() || left <= 0) return;
      Atomics.wait(this.sent, 0, seen, left);
    }
  };
}
