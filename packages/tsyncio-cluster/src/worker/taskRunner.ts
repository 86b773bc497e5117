/** Runs the jobs of a worker as tasks of this loop: in a simulation, where no thread can be. */

import { type Coroutine, createTask, isCancelled, iscoroutine } from "tsyncio";
import { keyOf, shared } from "tsyncio/executors/internal";
import type { Outcome } from "../engine/engine.ts";
import { errorToText, fromText, toText } from "../wire/values.ts";
import { setAttemptOfTask } from "./attempt.ts";
import type { Runner, RunnerCall, RunnerListener, RunningJob } from "./runner.ts";

export class TaskRunner implements Runner {
  private readonly sizeLimit: number;

  constructor(sizeLimit: number) {
    this.sizeLimit = sizeLimit;
  }

  run(call: RunnerCall, listener: RunnerListener): RunningJob {
    const task = createTask(this.body(call), { name: `job ${call.key}` });
    task.addDoneCallback(() => {
      if (task.cancelled()) return listener.ended(["error", this.textOf(cancelledBy(task))], true);
      listener.ended(...task.result());
    });
    return { cancel: () => void task.cancel() };
  }

  close(done: () => void): void {
    done();
  }

  private *body({ url, name, fn, args: text, many, attempt }: RunnerCall): Coroutine<[Outcome, boolean]> {
    try {
      setAttemptOfTask(attempt);
      const found = shared.functions.get(keyOf(url, name));
      if (found === undefined) throw new TypeError(`there is no function ${fn}`);
      const args = fromText(text, `the arguments of ${fn}`, this.sizeLimit) as unknown[];
      const values: unknown[] = [];
      for (const one of many ? (args as unknown[][]) : [args]) {
        const value = found.fn(...one);
        values.push(iscoroutine(value) ? yield* value as Coroutine<unknown> : value);
      }
      return [["value", toText(many ? values : values[0], `the result of ${name}()`, this.sizeLimit)], false];
    } catch (error) {
      if (isCancelled(error)) throw error;
      return [["error", this.textOf(error)], false];
    }
  }

  private textOf(error: unknown): string {
    return errorToText(error, this.sizeLimit);
  }
}

function cancelledBy(task: { result(): unknown }): unknown {
  try {
    return task.result();
  } catch (error) {
    return error;
  }
}
