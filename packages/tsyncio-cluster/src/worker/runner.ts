/** What runs the jobs of a worker. */

import type { CancelRunning, Outcome } from "../engine/engine.ts";

export interface RunnerCall {
  /** Of the claim. */
  readonly key: string;
  /** Where the function is on this machine. */
  readonly url: string;
  readonly name: string;
  /** "package/path#function" */
  readonly fn: string;
  readonly args: string;
  readonly many: boolean;
  readonly attempt: number;
}

export interface RunnerListener {
  reported(text: string): void;
  /** Once, and not before `run` has returned. A job that was cancelled does not run again. */
  ended(outcome: Outcome, isCancelled: boolean): void;
}

export interface RunningJob {
  cancel(how: CancelRunning): void;
}

export interface Runner {
  run(call: RunnerCall, listener: RunnerListener): RunningJob;
  /** Calls back when its workers have ended. */
  close(done: () => void): void;
}
