/** The way from a worker to its pool. */

import type { Transferable } from "node:worker_threads";
import type { ToPool, ToWorker } from "./messages.ts";

export interface PoolLink {
  /** Throws if a value cannot be sent. */
  post(message: ToPool, transfers: Transferable[]): void;
  /** What the pool gets when it is sent the value. Throws if it cannot be sent. */
  readonly copy: (value: unknown) => unknown;
  /** The job of this turn begins now: false if the pool has taken it back. */
  begin(turn: number): boolean;
  /** Calls `receive` for each message of the pool. */
  listen(receive: (message: ToWorker) => void): void;
  /** The next message if it has come, without the event loop. Undefined: none, or impossible. */
  take(): ToWorker | undefined;
  /** The same, but waits a moment for one: a thread that sleeps in its event loop wakes more slowly. */
  takeSoon(): ToWorker | undefined;
  /**
   * Calls `look` whenever a reply may have come, until it returns true; at most `ms` milliseconds. Null: impossible.
   */
  readonly block: ((look: () => boolean, ms: number) => void) | null;
}
