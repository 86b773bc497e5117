/** What BullMQ keeps its queues in. */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ConnectionOptions, Queue, Worker } from "bullmq";
import { RuntimeError } from "tsyncio";

export interface Store {
  /** For texts, without a password. */
  readonly words: string;
  /** Why the server could not be reached while `prepare` waits for it; null where it could. */
  readonly trouble: unknown;
  /** Once, before anything else. Throws what a user must mend. */
  prepare(): Promise<BullConnection>;
  close(): Promise<void>;
}

export interface BullConnection {
  readonly connection: ConnectionOptions;
  /** Undefined is Redis, and so it is always for the compiler: BullMQ's classes have other types with each backend. */
  readonly backend: undefined;
  /** Whether the queue's events tell that a job was removed. */
  readonly tellsRemoved: boolean;
  /** Returns a function after which all that the worker sends in this turn of the loop goes out as one piece. */
  sendsTogether(worker: Worker): Promise<() => void>;
  /** Whether a worker has the job, which is active: the lock has not run out, by the clock of the server. */
  isLocked(queue: Queue, id: string): Promise<boolean>;
  /**
   * Removes the events of the queue that are older than that number of seconds. Returns the server's time, in
   * milliseconds.
   */
  trimEvents(queue: Queue, seconds: number): Promise<number>;
}

/** @throws {RuntimeError} The package is not installed; the text has the command. */
export function needPackage(name: string, why: string): void {
  const require = createRequire(join(dirname(fileURLToPath(import.meta.url)), "x.js"));
  try {
    require.resolve(name);
  } catch {
    throw new RuntimeError(
      `${why} needs the package ${name}, which is not installed. Install it:\n\n  npm install ${name}`,
    );
  }
}

/** Host and port; the rest of the URL may be secret. */
export function wordsOf(url: URL): string {
  return `${url.protocol}//${url.host}`;
}
