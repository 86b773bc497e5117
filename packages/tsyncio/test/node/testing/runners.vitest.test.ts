import { type Coroutine, gather, Lock, sleep } from "tsyncio";
import { test as coroutineTest } from "tsyncio/testing/vitest";
import { describe, expect, test } from "vitest";
import { testsWith } from "./runnersSuite.ts";

testsWith("vitest");

function* entries(lock: Lock | null): Coroutine<void> {
  let inside = 0;
  const enter = function* (latency: number) {
    yield* sleep(latency);
    if (lock !== null) yield* lock.acquire();
    expect(++inside).toBe(1);
    yield* sleep(0.001);
    inside--;
    lock?.release();
  };
  yield* gather(enter(0.001), enter(0.003));
}

describe("toHoldUnderAllSchedules", () => {
  test("passes where no schedule fails, and not where one does", () => {
    expect(() => entries(new Lock())).toHoldUnderAllSchedules({ timeMs: 200 });
    expect(() => entries(null)).not.toHoldUnderAllSchedules();
  });

  test("fails with the report", () => {
    const broken = () => entries(null);
    expect(() => expect(broken).toHoldUnderAllSchedules()).toThrow(
      /^expected broken to hold under all schedules\n\nthe program fails.*replay\(main, "tsy1\./s,
    );
    const sound = () => entries(new Lock());
    expect(() => expect(sound).not.toHoldUnderAllSchedules({ timeMs: 50 })).toThrow(
      /^expected sound to fail under some schedule\n\nexplored \d+/,
    );
  });
});

describe("the test that the entry point gives", () => {
  test("is vitest's own but for the additions", () => {
    expect(Object.keys(coroutineTest)).toEqual(Object.keys(test));
    expect("explore" in coroutineTest).toBe(true);
    expect("explore" in test).toBe(false);
  });

  test("refuses what is no function, where the test is written", () => {
    const promise = Promise.resolve() as never;
    expect(() => coroutineTest.explore("wrong", promise)).toThrow(
      "test.explore expects a coroutine function, got a Promise",
    );
  });

  coroutineTest.each([1, 2])("has its methods: %i", (n) => {
    expect(n).toBeGreaterThan(0);
  });
});
