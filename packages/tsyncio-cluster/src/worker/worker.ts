/** The jobs of one worker: what the engine hands to it, and what becomes of them. */

import { RuntimeError, TimeoutError } from "tsyncio";
import { BrokenExecutor } from "tsyncio/executors";
import type {
  CancelRunning,
  Claim,
  Engine,
  Outcome,
  WorkerLink,
  WorkerLinkOptions,
  WorkerListener,
} from "../engine/engine.ts";
import { lostText } from "../engine/lost.ts";
import { type Call, checkCall } from "../wire/call.ts";
import { checkSize, errorToText } from "../wire/values.ts";
import type { Functions } from "./functions.ts";
import type { Runner, RunningJob } from "./runner.ts";

export interface WorkerOptions extends WorkerLinkOptions {
  readonly functions: Functions;
  readonly runner: Runner;
  /** Which build this is; null is not compared. */
  readonly build: string | null;
  readonly sizeLimit: number;
}

interface Run {
  readonly claim: Claim;
  readonly call: Call;
  readonly job: RunningJob;
  readonly stopTimer: (() => void) | null;
  timedOut: boolean;
  readonly since: number;
}

/** What a worker has at the moment, for people. */
export interface WorkerStatus {
  readonly done: number;
  readonly running: readonly {
    readonly id: string;
    readonly fn: string;
    readonly attempt: number;
    readonly seconds: number;
  }[];
}

export class Worker implements WorkerListener {
  private readonly options: WorkerOptions;
  /** @internal */ readonly _link: WorkerLink;
  private readonly runs = new Map<string, Run>();
  private done = 0;
  private whenIdle: (() => void)[] = [];

  constructor(engine: Engine, options: WorkerOptions) {
    this.options = options;
    this._link = engine.worker(this, options);
  }

  get status(): WorkerStatus {
    const now = performance.now() / 1000;
    const running = [...this.runs.values()].map(({ claim, call, since }) => {
      return { id: claim.id, fn: call.fn, attempt: claim.attempt, seconds: now - since };
    });
    return { done: this.done, running };
  }

  /** Takes no further jobs, and calls back when those that run have ended. */
  drain(done: () => void): void {
    this._link.pause();
    this.whenIdle.push(done);
    this.checkIdle();
  }

  /**
   * Ends what runs. Jobs that may run again go back into the queue; the others fail with `BrokenExecutor`, at once and
   * not only when their locks have run out.
   */
  handBack(): void {
    this._link.pause();
    const runs = [...this.runs];
    this.runs.clear();
    for (const [key, run] of runs) {
      this.drop(run, "terminate");
      if (run.claim.attempt <= run.call.retries) this._link.release(key);
      else this._link.finish(key, this.broken(`the worker was ended while it ran ${run.call.fn}`), false);
    }
    this.checkIdle();
  }

  /** Calls back when all is delivered and what ran the jobs has ended. */
  close(done: () => void): void {
    this._link.close(() => this.options.runner.close(done));
  }

  /** @internal As if the process were gone: what runs ends, and no submitter hears of it. */
  _kill(): void {
    const runs = [...this.runs.values()];
    this.runs.clear();
    for (const run of runs) this.drop(run, "terminate");
  }

  // ------------------------------------------------------------------ what the engine tells

  run(claim: Claim): void {
    const { key, id, attempt } = claim;
    let call: Call;
    try {
      call = checkCall(claim.data);
      this.begin(claim, call);
    } catch (error) {
      const text = errorToText(error, this.options.sizeLimit);
      this.options.onError(
        new RuntimeError(`job ${id}, attempt ${attempt}, was refused: ${String(error)}`, { cause: error }),
      );
      this._link.finish(key, ["error", text], false);
    }
  }

  private begin(claim: Claim, call: Call): void {
    const { key, attempt } = claim;
    const { functions, runner, build, sizeLimit } = this.options;
    if (attempt > call.retries + 1) {
      return this._link.finish(key, this.broken(lostText(call.fn)), false);
    }
    checkBuilds(call, build);
    checkSize(call.args, "the arguments", sizeLimit);
    const { url, name } = functions.find(call.fn);
    const { fn, args, many } = call;
    const job = runner.run(
      { key, url, name, fn, args, many, attempt },
      {
        reported: (text) => {
          if (this.runs.has(key)) this._link.report(key, text);
        },
        ended: (outcome, isCancelled) => {
          const run = this.runs.get(key);
          if (run !== undefined) this.end(run, outcome, isCancelled);
        },
      },
    );
    const stopTimer = call.timeout === null ? null : this._link.later(call.timeout, () => this.timeOut(key));
    const since = performance.now() / 1000;
    this.runs.set(key, { claim, call, job, stopTimer, timedOut: false, since });
  }

  cancel(id: string, how: CancelRunning): void {
    for (const { claim, job } of [...this.runs.values()]) if (claim.id === id) job.cancel(how);
  }

  lost(key: string): void {
    const run = this.runs.get(key);
    if (run === undefined) return;
    this.runs.delete(key);
    this.drop(run, "terminate");
    this.checkIdle();
  }

  // ------------------------------------------------------------------ how a run ends

  private end(run: Run, outcome: Outcome, isCancelled: boolean): void {
    const { key } = run.claim;
    run.stopTimer?.();
    this.runs.delete(key);
    this.done++;
    const mayRunAgain = run.claim.attempt <= run.call.retries;
    if (run.timedOut) {
      const error = new TimeoutError(`${run.call.fn} took longer than ${run.call.timeout} seconds`);
      this._link.finish(key, ["error", errorToText(error, this.options.sizeLimit)], mayRunAgain);
    } else this._link.finish(key, outcome, mayRunAgain && !isCancelled);
    this.checkIdle();
  }

  private timeOut(key: string): void {
    const run = this.runs.get(key);
    if (run === undefined) return;
    run.timedOut = true;
    run.job.cancel("terminate");
  }

  private drop(run: Run, how: CancelRunning): void {
    run.stopTimer?.();
    run.job.cancel(how);
  }

  private broken(text: string): Outcome {
    return ["error", errorToText(new BrokenExecutor(text), this.options.sizeLimit)];
  }

  private checkIdle(): void {
    if (this.runs.size > 0) return;
    for (const done of this.whenIdle.splice(0)) done();
  }
}

function checkBuilds({ build: theirs }: Call, ours: string | null): void {
  if (theirs === null || ours === theirs) return;
  throw new RuntimeError(
    `the caller is of build ${JSON.stringify(theirs)}, and the worker of ${ours === null ? "none that it names" : `build ${JSON.stringify(ours)}`}`,
  );
}
