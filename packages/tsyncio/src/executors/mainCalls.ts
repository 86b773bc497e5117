/** What jobs ask of the loop that they were submitted from: `mainLoop()`. */

import { LookupError, RuntimeError } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Coroutine, iscoroutine } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { runCoroutineThreadsafe } from "../tasks/threads.ts";
import { cannotSend } from "./copies.ts";
import type { Job } from "./job.ts";
import { FAILED, type ToPool, VALUE } from "./messages.ts";
import { encodeError } from "./remoteError.ts";
import { reportTo } from "./reports.ts";
import { type AnyFunction, keyOf, shared } from "./shared.ts";
import { takeTransfers } from "./transfer.ts";
import type { WorkerLink } from "./workerLink.ts";

/** The calls of one worker. */
export class MainCalls {
  private readonly link: WorkerLink;
  private readonly running = new Map<number, { cancel(): unknown }>();

  constructor(link: WorkerLink) {
    this.link = link;
  }

  /**
   * Whatever goes wrong here is told to the job, or to the loop if the job does not wait. Null is code that belongs to
   * no job, or to one that has ended: it must not wait forever either.
   */
  async call(job: Job<unknown> | null, [, call, , how, url, name, args]: ToPool & readonly ["call", ...unknown[]]) {
    const loop = job?._loop ?? null;
    try {
      if (job === null) throw new RuntimeError(`${name}() was called on the main loop by code of no job that runs`);
      if (loop === null) throw new RuntimeError("the job was not submitted from an event loop");
      const fn = registered(url, name);
      if (how === "soon") inScopeOf(job, () => loop.callSoonThreadsafe(fn, ...args));
      else await this.runCoroutine(job, loop, call, name, fn, args);
    } catch (error) {
      if (how === "coroutine") this.link.send(["reply", call, [FAILED, encodeError(error, this.link.copy)]], []);
      else reportTo(loop, `callSoonThreadsafe of ${name}() by a job failed`, error);
    }
  }

  cancel(call: number): void {
    this.running.get(call)?.cancel();
  }

  private async runCoroutine(
    job: Job<unknown>,
    loop: EventLoop,
    call: number,
    name: string,
    fn: AnyFunction,
    args: unknown[],
  ) {
    const coro = fn(...args);
    if (!iscoroutine(coro)) throw new TypeError(`runCoroutineThreadsafe expects a function*, and ${name}() is none`);
    const promise = inScopeOf(job, () => runCoroutineThreadsafe(coro as Coroutine<unknown>, loop));
    this.running.set(call, promise);
    try {
      const value = await promise;
      try {
        this.link.send(["reply", call, [VALUE, value]], takeTransfers([value]));
      } catch (error) {
        throw cannotSend(`the result of ${name}()`, error);
      }
    } finally {
      this.running.delete(call);
    }
  }
}

/** As in Python, where the thread of a job has a copy of the context, and what it calls on the loop a copy of that. */
function inScopeOf<T>(job: Job<unknown>, fn: () => T): T {
  const outer = kernel.context;
  kernel.context = job._context;
  try {
    return fn();
  } finally {
    kernel.context = outer;
  }
}

/** A worker names the function: it must not make this process load a module. */
function registered(url: string, name: string): AnyFunction {
  const found = shared.functions.get(keyOf(url, name));
  if (found !== undefined) return found.fn;
  throw new LookupError(
    `a job has called ${name}() of ${url} on the main loop, and the main process has no such blocking function: ` +
      "it must have imported that module",
  );
}
