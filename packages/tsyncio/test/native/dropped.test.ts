/** Rule 7: `f(x)?.[dropped]` is what the compiler makes of a call whose result nothing takes. */

import {
  aiter,
  asyncWith,
  type Coroutine,
  coroutine,
  createTask,
  type ExceptionContext,
  getRunningLoop,
  Queue,
  sleep,
  timeout,
} from "tsyncio";
import { coroutineFunction as $c, generatorFunction as $g, dropped as $s, handedOverHere as $W } from "tsyncio/native";
import { describe, expect, it, vi } from "vitest";
import { simulate } from "../support.ts";

// biome-ignore lint/suspicious/noExplicitAny: output of the compiler has no types
type Any = any;

const ran: string[] = [];
const compiled: Any = $c(function* (): Any {
  ran.push("compiled");
});
function* plain(): Coroutine<void> {
  ran.push("plain");
}
const generator: Any = $g(function* (): Any {
  yield 1;
});

describe("a coroutine that a statement drops", () => {
  it("is reported at once, whatever made it, and never runs", async () => {
    const reports: ExceptionContext[] = [];
    await simulate(function* () {
      const calls: Record<string, () => Any> = {
        compiled,
        plain,
        "made by coroutine()": coroutine(plain),
        "sleep()": () => sleep(1),
        "sleep(0)": () => sleep(0),
        "queue.get()": () => new Queue().get(),
        "queue.join()": () => new Queue().join(),
        "asyncWith()": () => asyncWith(timeout(1), plain),
        "anext()": () => (aiter(generator()) as Any).anext(),
        "next()": () => generator().next(),
      };
      for (const [name, call] of Object.entries(calls)) {
        const before = reports.length;
        expect(call()?.[$s], name).toBe(undefined);
        expect(reports.length, name).toBe(before + 1);
      }
      yield* sleep(1);
    }, reports);
    expect(reports[0]?.message).toContain("createTask");
    expect(reports[0]?.sourceTraceback).toContain("dropped.test");
    expect(ran).toEqual([]);
  });

  it("is reported on the console outside of loops", () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    compiled()?.[$s];
    expect(error.mock.calls.length).toBe(1);
    expect(String(error.mock.calls[0]?.[0])).toContain("was dropped");
    error.mockRestore();
  });

  it("is no mistake where it runs: tasks, futures, what native code has begun, and a coroutine that is awaited elsewhere", () =>
    simulate(function* () {
      const f: Any = $W(compiled, "file.ts:1");
      (createTask(compiled()) as Any)?.[$s];
      (getRunningLoop().createFuture() as Any)?.[$s];
      f()?.[$s];
      const held: Any = compiled();
      const sleeping: Any = sleep(1);
      const tasks = [createTask(held), createTask(sleeping)];
      yield* sleep(0);
      held?.[$s];
      sleeping?.[$s];
      for (const task of tasks) yield* task;
      (undefined as Any)?.[$s];
      (1 as Any)?.[$s];
      expect(ran.splice(0)).toEqual(["compiled", "compiled", "compiled"]);
    }));
});
