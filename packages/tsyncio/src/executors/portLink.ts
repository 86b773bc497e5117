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
  /** How many replies the pool has sent. */
  readonly replies: Int32Array<SharedArrayBuffer>;
}

export class PortLink implements PoolLink {
  readonly copy = copyForThread;
  private readonly port: MessagePort;
  private readonly turns: SharedTurns;
  private readonly replies: Int32Array;

  constructor({ port, turns, replies }: ThreadData) {
    this.port = port;
    this.turns = new SharedTurns(turns);
    this.replies = replies;
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

  readonly block = (look: () => boolean, ms: number): void => {
    const end = performance.now() + ms;
    for (;;) {
      const seen = Atomics.load(this.replies, 0);
      const left = end - performance.now();
      if (look() || left <= 0) return;
      Atomics.wait(this.replies, 0, seen, left);
    }
  };
}
