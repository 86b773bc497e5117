/** Runs the jobs of a worker in a pool of threads or processes: so locks are renewed whatever a job does. */

import { CancelledError, iscoroutinefunction } from "tsyncio";
import type { PoolExecutor } from "tsyncio/executors";
import { callersLoop, type Job, keyOf, referenceOf, shared } from "tsyncio/executors/internal";
import type { CancelRunning } from "../engine/engine.ts";
import { errorToText, toText } from "../wire/values.ts";
import { forgetCancellation, type JobResult, requestCancellation, runJob } from "./runJob.ts";
import type { Runner, RunnerCall, RunnerListener, RunningJob } from "./runner.ts";

export class PoolRunner implements Runner {
  private readonly pool: PoolExecutor;
  private readonly sizeLimit: number;
  private readonly reference = referenceOf(runJob, "PoolRunner");

  constructor(pool: PoolExecutor, sizeLimit: number) {
    this.pool = pool;
    this.sizeLimit = sizeLimit;
  }

  run(call: RunnerCall, listener: RunnerListener): RunningJob {
    const reference = { ...this.reference, shownAs: call.name };
    const job = this.pool._start<JobResult>(reference, [call, this.sizeLimit], false, callersLoop());
    let unsent: unknown;
    job._read({
      _add: (value) => {
        try {
          listener.reported(toText(value, "what report() was given", this.sizeLimit));
        } catch (error) {
          unsent ??= error;
          job.terminate();
        }
      },
      _end() {},
    });
    job.addDoneCallback(() => {
      forgetCancellation(call.key);
      if (unsent !== undefined) listener.ended(["error", errorToText(unsent, this.sizeLimit)], false);
      else this.tell(job, listener);
    });
    const isCoroutine = iscoroutinefunction(shared.functions.get(keyOf(call.url, call.name))?.fn);
    return { cancel: (how) => cancel(job, call.key, how, isCoroutine) };
  }

  close(done: () => void): void {
    void this.pool.shutdown().then(done);
  }

  private tell(job: Job<JobResult>, listener: RunnerListener): void {
    if (job.cancelled()) return listener.ended(["error", errorToText(new CancelledError(), this.sizeLimit)], true);
    const error = job.exception();
    if (error !== null) return listener.ended(["error", errorToText(error, this.sizeLimit)], false);
    const [kind, text, isCancelled] = job.result();
    listener.ended([kind, text], isCancelled);
  }
}

function cancel(job: Job<JobResult>, key: string, how: CancelRunning, isCoroutine: boolean): void {
  if (how === "terminate") job.terminate();
  else if (!job.cancel() && isCoroutine) requestCancellation(key);
}
