/**
 * What an executor and a worker ask of a queue that machines share. Everything that comes back comes by a listener, in
 * the order in which it happened for one job: so the same code runs over a real queue and in a simulation.
 */

import type { Call } from "../wire/call.ts";

export interface Engine {
  /** For texts: "redis://host:6379", without a password. */
  readonly words: string;
  /** True: lives on the time of the loop that made it. */
  readonly isSimulated: boolean;
  submitter(listener: SubmitterListener): SubmitterLink;
  worker(listener: WorkerListener, options: WorkerLinkOptions): WorkerLink;
  /** Releases what the links share, then calls back. */
  close(done: () => void): void;
}

export interface NewJob {
  /** Made by the submitter: adding it a second time changes nothing. */
  readonly id: string;
  readonly call: Call;
  readonly options: QueueOptions;
}

/** What the queue does with a job. */
export interface QueueOptions {
  /** 1 comes before 2; 0, the default, before all. */
  readonly priority: number;
  /** In seconds. */
  readonly delay: number;
  /** Seconds before a job runs again after a failure: `base`, or twice as long each time. */
  readonly backoff: { readonly type: "fixed" | "exponential"; readonly base: number };
  /** While a job with this key is in the queue, another one is not added. */
  readonly deduplicate: string | null;
}

/**
 * How a job has ended: a value as `toText`, an error as `errorToText` writes it; or the engine's own words, of a job
 * that was taken out of the queue, or whose worker was not heard of any more.
 */
export type Outcome = readonly [kind: "value" | "error" | "removed" | "broken", text: string];

export interface SubmitterListener {
  /** The job is in the queue, or, by its key, `as` another one that is there already. */
  added(id: string, as: string): void;
  /** The job is not in the queue, and will not be. */
  refused(id: string, error: unknown): void;
  begun(id: string): void;
  /** It does not run any more, and will run again. */
  waits(id: string): void;
  reported(id: string, texts: readonly string[]): void;
  ended(id: string, outcome: Outcome): void;
}

export interface SubmitterLink {
  /** Why the engine was last out of reach; null where it was not. */
  readonly trouble: unknown;
  add(job: NewJob): void;
  /**
   * Takes a job out of the queue that no worker has, which ends as "removed". One that runs goes on, unless `running`
   * says that its worker is to be told. May be asked again.
   */
  cancel(id: string, running: CancelRunning | null): void;
  /**
   * Asks for the state of jobs, which the listener is then told; of one that is unknown that it was removed. Where the
   * worker of one was not heard of in time, and no other worker has found that, it waits, or ends as "broken" where it
   * may not run again.
   */
  look(ids: readonly string[]): void;
  /** Calls back after that number of seconds. Returns a function that cancels the call. */
  later(seconds: number, fn: () => void): () => void;
  /** Calls back when nothing of it is left. */
  close(done: () => void): void;
}

/** "cancel" asks a coroutine to end, "terminate" ends what runs the job. */
export type CancelRunning = "cancel" | "terminate";

export interface Claim {
  /** Of this claim: a worker may get a job again that it has lost, while it still runs it. */
  readonly key: string;
  /** Of the job. */
  readonly id: string;
  /** What the queue has as the job's data: not to be trusted. */
  readonly data: unknown;
  /** 1 for the first worker that has it. */
  readonly attempt: number;
}

export interface WorkerListener {
  /** The job is this worker's, until the claim is finished, released or lost. */
  run(claim: Claim): void;
  /** By the id of the job. */
  cancel(id: string, running: CancelRunning): void;
  /** The job is not this worker's any more: what becomes of it here is of no interest. */
  lost(key: string): void;
}

export interface WorkerLinkOptions {
  /** How many jobs at once. */
  readonly slots: number;
  /** For how many seconds a job is its worker's without a sign of life of that. */
  readonly lock: number;
  /** At most `jobs` jobs in `seconds` seconds, of all workers together. */
  readonly rate: { readonly jobs: number; readonly seconds: number } | null;
  /** What goes wrong with the engine, for people. */
  onError(error: unknown): void;
}

/** By the keys of claims. */
export interface WorkerLink {
  report(key: string, text: string): void;
  /** The job has ended. With `again`, it runs again if it may. */
  finish(key: string, outcome: Outcome, again: boolean): void;
  /** The job goes back into the queue. */
  release(key: string): void;
  /** No further jobs. */
  pause(): void;
  later(seconds: number, fn: () => void): () => void;
  /** Calls back when the outcomes are delivered, or cannot be. */
  close(done: () => void): void;
}
