/** `run(main, { signal })`, and the same of a Runner. */

import { type Coroutine, createTask, isCancelled, Runner, run, sleep } from "tsyncio";
import { describe, expect, it } from "vitest";
import { rejection } from "../support.ts";

const reason = new Error("the user has left");

function* work(log: string[], begun?: () => void): Coroutine<string> {
  log.push("begun");
  begun?.();
  try {
    yield* sleep(60);
    return "slept";
  } finally {
    yield* sleep(0.001);
    log.push("cleaned up");
  }
}

const ways: [string, (main: Coroutine<string>, signal: AbortSignal) => Promise<string>][] = [
  ["run", (main, signal) => run(main, { signal })],
  ["Runner.run", (main, signal) => withRunner(new Runner(), (runner) => runner.run(main, { signal }))],
  ["Runner", (main, signal) => withRunner(new Runner({ signal }), (runner) => runner.run(main))],
];

async function withRunner<T>(runner: Runner, body: (runner: Runner) => Promise<T>): Promise<T> {
  try {
    return await body(runner);
  } finally {
    await runner.close();
  }
}

describe.each(ways)("the signal of %s", (_, start) => {
  it("cancels the main task when it aborts: that cleans up, its children too, and the error is the reason", async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const main = function* (): Coroutine<string> {
      createTask(work(log));
      yield* sleep(0);
      return yield* work(log, () => setTimeout(() => controller.abort(reason)));
    };
    expect(await rejection(start(main(), controller.signal))).toBe(reason);
    expect(log).toEqual(["begun", "begun", "cleaned up", "cleaned up"]);
  });

  it("lets nothing run if it has aborted before", async () => {
    const log: string[] = [];
    const main = work(log);
    expect(await rejection(start(main, AbortSignal.abort(reason)))).toBe(reason);
    expect([log, main.next().done]).toEqual([[], true]);
  });

  it("leaves the outcome of a main task that does not yield, or fails, or is cancelled otherwise", async () => {
    const controller = new AbortController();
    function* stubborn(): Coroutine<string> {
      setTimeout(() => controller.abort(reason));
      try {
        yield* sleep(60);
      } catch (error) {
        if (!isCancelled(error)) throw error;
        return "refused";
      }
      return "slept";
    }
    expect(await start(stubborn(), controller.signal)).toBe("refused");
    const other = new AbortController();
    function* fails(): Coroutine<string> {
      setTimeout(() => other.abort(reason));
      try {
        return yield* sleep(60, "slept");
      } catch (cause) {
        throw new Error("of the cleanup", { cause });
      }
    }
    expect(String(await rejection(start(fails(), other.signal)))).toBe("Error: of the cleanup");
  });

  it("does nothing when it aborts after the end", async () => {
    const controller = new AbortController();
    expect(await start(sleep(0, "slept"), controller.signal)).toBe("slept");
    controller.abort(reason);
  });
});

describe("a signal that is none", () => {
  it("is a TypeError", async () => {
    const signal = new AbortController() as never;
    expect(String(await rejection(run(sleep(0), { signal })))).toContain("run expects an AbortSignal, got");
    expect(() => new Runner({ signal })).toThrow("Runner expects an AbortSignal");
  });
});
