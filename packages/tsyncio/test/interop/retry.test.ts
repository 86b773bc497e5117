import {
  CancelledError,
  type Coroutine,
  createTask,
  getRunningLoop,
  KeyboardInterrupt,
  type RetryOptions,
  retry,
  run,
  SystemExit,
  sleep,
  ValueError,
} from "tsyncio";
import { simulate as inSimulation } from "tsyncio/testing";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, simulate } from "../support.ts";

/** Fails that many times; notes when it was called. */
function flaky(failures: number, make: (attempt: number) => unknown = (n) => new Error(`attempt ${n}`)) {
  const times: number[] = [];
  function* call(attempt: number): Coroutine<string> {
    times.push(getRunningLoop().time());
    yield* sleep(0);
    if (attempt <= failures) throw make(attempt);
    return `result of attempt ${attempt}`;
  }
  return { call, times };
}

const exact: RetryOptions = { jitter: 0 };

describe("retry", () => {
  it("calls until it succeeds, with delays that double", () =>
    simulate(function* () {
      const { call, times } = flaky(3);
      expect(yield* retry(call, { ...exact, attempts: 5, delay: 1 })).toBe("result of attempt 4");
      expect(times).toEqual([0, 1, 3, 7]);
    }));

  it("throws the error of the last attempt; by default that is the third", () =>
    simulate(function* () {
      const { call, times } = flaky(9);
      expect(String(yield* errorOf(retry(call, exact)))).toBe("Error: attempt 3");
      expect(times).toHaveLength(3);
    }));

  it("keeps within maxDelay, and grows by factor", () =>
    simulate(function* () {
      const { call, times } = flaky(5);
      yield* retry(call, { ...exact, attempts: 6, delay: 1, factor: 3, maxDelay: 5 });
      expect(times).toEqual([0, 1, 4, 9, 14, 19]);
    }));

  it("goes on without a delay, and with the greatest, however often", () =>
    simulate(function* () {
      const { call, times } = flaky(1500);
      yield* retry(call, { ...exact, attempts: Number.POSITIVE_INFINITY, delay: 0 });
      expect(times.length).toBe(1501);
      expect(times.at(-1)).toBe(0);
      const slow = flaky(1500);
      yield* retry(slow.call, { ...exact, attempts: 2000, delay: 1, maxDelay: 1 });
      expect(slow.times.at(-1)).toBe(1500);
    }));

  it("takes the seconds of a function as they are", () =>
    simulate(function* () {
      const { call, times } = flaky(2);
      yield* retry(call, { delay: (error, attempt) => (String(error).includes("1") ? 100 : attempt), maxDelay: 1 });
      expect(times).toEqual([0, 100, 102]);
      const wrong = retry(flaky(1).call, { delay: () => Number.NaN });
      expect(String(yield* errorOf(wrong))).toContain(
        "what the function delay returns must be 0 seconds or more, got NaN",
      );
    }));

  it("asks when, and tells on", () =>
    simulate(function* () {
      const log: unknown[] = [];
      const { call } = flaky(5, (n) => (n < 3 ? new ValueError(`v${n}`) : new TypeError(`t${n}`)));
      const error = yield* errorOf(
        retry(call, {
          ...exact,
          attempts: 10,
          delay: 1,
          when: (error, attempt) => {
            log.push(["when", String(error), attempt]);
            return error instanceof ValueError;
          },
          *on(error, attempt, delay) {
            yield* sleep(1);
            log.push(["on", String(error), attempt, delay]);
          },
        }),
      );
      expect(String(error)).toBe("TypeError: t3");
      expect(log).toEqual([
        ["when", "ValueError: v1", 1],
        ["on", "ValueError: v1", 1, 1],
        ["when", "ValueError: v2", 2],
        ["on", "ValueError: v2", 2, 2],
        ["when", "TypeError: t3", 3],
      ]);
    }));

  it("a coroutine that says no is a no", () =>
    simulate(function* () {
      const { call, times } = flaky(5);
      const no = function* () {
        yield* sleep(0);
        return false;
      };
      yield* errorOf(retry(call, { when: no }));
      expect(times).toHaveLength(1);
    }));

  it("never retries a cancellation, of the task or of what it waits for", () =>
    simulate(function* () {
      const { call, times } = flaky(9, () => new CancelledError("inner"));
      expect(yield* errorOf(retry(call, exact))).toBeInstanceOf(CancelledError);
      expect(times).toHaveLength(1);
      for (const at of [0, 0.5, 1, 1.5]) {
        let calls = 0;
        const task = createTask(
          retry(
            function* () {
              calls++;
              yield* sleep(1);
              throw new Error();
            },
            { ...exact, delay: 1, attempts: Infinity },
          ),
        );
        yield* sleep(at);
        task.cancel();
        yield* errorOf(task);
        yield* sleep(10);
        expect([task.cancelled(), calls <= 1]).toEqual([true, true]);
      }
    }));

  it.each([[() => new KeyboardInterrupt()], [() => new SystemExit(1)]])("never retries an exit", async (make) => {
    const { call, times } = flaky(9, make);
    await rejection(simulate(() => retry(call, exact)));
    expect(times).toHaveLength(1);
  });

  it("takes a function that returns a promise", async () => {
    let calls = 0;
    const fetches = async () => {
      if (++calls < 3) throw new Error("down");
      return "up";
    };
    expect(await run(retry(fetches, { delay: 0 }))).toBe("up");
  });

  it("draws the jitter by Math.random, which the seed of a simulation determines", () => {
    const delays = (seed: number, jitter: number): number[] =>
      inSimulation(
        function* () {
          const got: number[] = [];
          const on = (_: unknown, __: number, delay: number) => got.push(delay);
          yield* errorOf(retry(flaky(9).call, { attempts: 4, delay: 1, jitter, on }));
          return got;
        },
        { seed },
      );
    expect(delays(1, 0)).toEqual([1, 2, 4]);
    expect(delays(1, 0.5)).toEqual(delays(1, 0.5));
    expect(delays(1, 0.5)).not.toEqual(delays(2, 0.5));
    for (const [i, delay] of delays(1, 0.5).entries()) {
      expect(delay).toBeGreaterThanOrEqual(2 ** i / 2);
      expect(delay).toBeLessThanOrEqual(2 ** i);
    }
  });

  it("says what is wrong with its arguments", () => {
    const make = (options: object) => () => retry(() => sleep(1), options as never);
    expect(() => retry(sleep(1) as never)).toThrow("retry(() => load(url)), not retry(load(url))");
    expect(make({ attempts: 0 })).toThrow("attempts must be a whole number of 1 or more, or Infinity, got 0");
    expect(make({ attempts: 1.5 })).toThrow("attempts must be");
    expect(make({ delay: -1 })).toThrow("delay must be 0 seconds or more, got -1");
    expect(make({ maxDelay: "1s" })).toThrow("maxDelay must be 0 seconds or more");
    expect(make({ factor: 0.5 })).toThrow("factor must be a number of 1 or more, got 0.5");
    expect(make({ jitter: 2 })).toThrow("jitter must be a number from 0 to 1, got 2");
    expect(make({ when: true })).toThrow("when must be a function");
    expect(make({ retries: 3 })).toThrow('retry has no option "retries"');
  });
});
