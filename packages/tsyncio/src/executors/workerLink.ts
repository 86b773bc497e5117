/** One worker, as its pool sees it: how it is begun, spoken to, watched and ended. */

import type { ResourceLimits, Transferable } from "node:worker_threads";
import type { BrokenExecutor } from "./errors.ts";
import type { ToPool, ToWorker } from "./messages.ts";
import type { Turns } from "./turns.ts";

/** What the workers of a pool have in common. */
export interface WorkerKind {
  /** "a worker thread of ThreadPoolExecutor" */
  readonly words: string;
  readonly broken: new (...args: ConstructorParameters<typeof BrokenExecutor>) => BrokenExecutor;
  /** Begins a worker. */
  readonly begin: (kind: WorkerKind, listener: LinkListener) => WorkerLink;
  /** Undefined: that of this process. */
  readonly env: Record<string, string> | undefined;
  readonly execArgv: readonly string[] | undefined;
  readonly resourceLimits: ResourceLimits | undefined;
}

export interface WorkerLink {
  /** How many jobs it may be sent in advance. */
  readonly ahead: number;
  /** Whether what `transfer` has marked moves to the worker, and is then gone here. */
  readonly moves: boolean;
  readonly turns: Turns;
  /** Throws if a value cannot be sent. To a worker that has ended, nothing is sent. */
  send(message: ToWorker, transfers: Transferable[]): void;
  /** What the worker gets when it is sent the value. Throws if it cannot be sent. */
  readonly copy: (value: unknown) => unknown;
  /** Tells the listener what has come, now. */
  collect(): void;
  /** Whether this process stays alive for the worker. At first it does. */
  hold(on: boolean): void;
  /** Asks the worker to end, or with "kill" ends it; what a worker does that is asked is its own affair. */
  signal(how: EndSignal): void;
  /** Ends the worker, and hears it no more. Settles when it has ended. */
  end(): Promise<void>;
}

export type EndSignal = "terminate" | "kill";

/** The slot of the worker. */
export interface LinkListener {
  message(message: ToPool): void;
  /** A job has sent what only the pool's own code may send: by which way. */
  foreign(how: string, message: unknown): void;
  /** The worker has ended, and all that it has sent is here, or can be collected. May be told more than once. */
  gone(how: Ended): void;
}

/** How a worker has ended. */
export interface Ended {
  /** Undefined where only an exit code or a signal is known. */
  readonly cause: unknown;
  readonly exitCode: number | null;
  readonly signal: string | null;
}
