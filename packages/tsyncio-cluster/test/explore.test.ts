// Under explore, on the queue in memory: no result is lost or comes twice, in whichever order the messages arrive.
import { asyncFor, asyncWith, CancelledError, createTask, gather, sleep } from "tsyncio";
import { explore, simulate } from "tsyncio/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { SimulatedCluster } from "../src/testing.ts";
import { add, double, flaky, forever, ran } from "./simulated.ts";

beforeEach(() => void ran.splice(0));

const how = { iterations: 600, timeMs: 20_000, seed: 1 };

describe("on simulated time", () => {
  it("jobs run on several workers at once, and map keeps their order", () => {
    const [sums, seconds] = simulate(function* (sim) {
      const cluster = new SimulatedCluster();
      const [, , executor] = [cluster.worker(), cluster.worker(), cluster.executor()];
      const found: number[] = [];
      yield* asyncWith(executor, function* () {
        yield* asyncFor(executor.map(double, [1, 2, 3, 4]), function* (n) {
          found.push(n);
        });
        found.push(yield* executor.submit(add, 20, 3));
      });
      return [found, sim.time];
    });
    expect(sums).toEqual([2, 4, 6, 8, 23]);
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(2.1);
  });

  it("delay, priority, retries with backoff and attempt()", () => {
    simulate(function* (sim) {
      const cluster = new SimulatedCluster();
      const executor = cluster.executor();
      const order: string[] = [];
      const mark = (name: string) => () => void order.push(`${name} ${Math.round(sim.time)}`);
      executor.options({ delay: 60 }).submit(add, 1, 1).addDoneCallback(mark("late"));
      const low = executor.options({ priority: 2 }).submit(double, 1);
      low.addDoneCallback(mark("low"));
      executor.options({ priority: 1 }).submit(double, 2).addDoneCallback(mark("high"));
      yield* sleep(0.1);
      cluster.worker();
      yield* low;
      const retried = executor.options({ retries: 2, backoff: { type: "exponential", base: 10 } }).submit(flaky, 2);
      expect(yield* retried).toBe(3);
      mark("retried")();
      yield* asyncWith(executor, function* () {});
      expect(order).toEqual(["high 1", "low 2", "retried 32", "late 60"]);
    });
  });

  it("a job with the key of another one has its outcome, and does not run", () => {
    simulate(function* () {
      const cluster = new SimulatedCluster();
      const executor = cluster.executor({ deduplicate: "the key" });
      const both = [executor.submit(double, 1), executor.submit(double, 2)];
      cluster.worker();
      expect(yield* gather(...both)).toEqual([2, 2]);
      yield* asyncWith(executor, function* () {});
      expect(ran).toEqual(["double 1"]);
    });
  });

  it("without a worker for submitTimeout's sake nothing fails: the job is in the queue", () => {
    simulate(function* () {
      const cluster = new SimulatedCluster();
      const executor = cluster.executor({ submitTimeout: 1 });
      const job = executor.submit(add, 1, 2);
      yield* sleep(100);
      expect(job.done()).toBe(false);
      cluster.worker();
      expect(yield* job).toBe(3);
      yield* asyncWith(executor, function* () {});
    });
  });

  it("a worker of another build refuses the job, and the error names both", () => {
    simulate(function* () {
      const cluster = new SimulatedCluster();
      cluster.worker({ build: "b" });
      const executor = cluster.executor({ build: "a" });
      const job = executor.submit(add, 1, 2);
      let error: unknown;
      try {
        yield* job;
      } catch (thrown) {
        error = thrown;
      }
      expect(String(error)).toMatch(/caller is of build "a", and the worker of build "b"/);
      yield* asyncWith(executor, function* () {});
    });
  });
});

/** The outcome of a job, in a word. */
function* outcome(job: import("../src/index.ts").ClusterJob<unknown>): import("tsyncio").Coroutine<string> {
  try {
    return `result ${yield* job}`;
  } catch (error) {
    return job.cancelled() || error instanceof CancelledError ? "cancelled" : (error as Error).name;
  }
}

describe("in every order", () => {
  it("cancel against finish: a result, or a cancellation, never both; and a cancelled job that never began never ran", () => {
    const seen = new Set<string>();
    explore(function* () {
      ran.length = 0;
      const cluster = new SimulatedCluster();
      cluster.worker();
      const executor = cluster.executor();
      const [first, second] = [executor.submit(double, 1), executor.submit(double, 2)];
      yield* sleep(0.999);
      first.cancel();
      second.cancel();
      const outcomes = yield* gather(outcome(first), outcome(second));
      yield* executor.aexit(null);
      seen.add(String(outcomes));
      for (const [i, n] of [1, 2].entries()) {
        const times = ran.filter((entry) => entry === `double ${n}`).length;
        if (times > 1) throw new Error(`double ${n} ran ${times} times`);
        if (outcomes[i] === `result ${2 * n}` && times !== 1) throw new Error("a result of a job that did not run");
        if (!/^(result|cancelled)/.test(String(outcomes[i]))) throw new Error(`${outcomes[i]}`);
      }
      if (cluster.pending > 0) throw new Error("a job was left in the queue");
    }, how);
    // Both have been there, or the rule was not tried.
    expect([...seen].some((text) => text.startsWith("result"))).toBe(true);
    expect([...seen].some((text) => text.startsWith("cancelled"))).toBe(true);
  });

  it("stall against finish: with a retry each job has one result; a worker whose lock has run out delivers nothing", () => {
    explore(function* () {
      ran.length = 0;
      const cluster = new SimulatedCluster();
      const worker = cluster.worker({ lock: 0.6 });
      const executor = cluster.executor({ retries: 5 });
      const job = executor.submit(double, 1);
      let told = 0;
      job.addDoneCallback(() => told++);
      yield* sleep(0.5);
      worker.stop();
      yield* sleep(0.5);
      cluster.worker({ lock: 0.6 });
      worker.continue();
      const found = yield* outcome(job);
      yield* executor.aexit(null);
      if (found !== "result 2" || told !== 1) throw new Error(`${found}, told ${told} times`);
      if (cluster.pending > 0) throw new Error("a job was left in the queue");
      yield* sleep(5); // what ran twice comes to its end
    }, how);
  });

  it("a killed worker: BrokenExecutor without retries, another run with them", () => {
    const seen = new Set<string>();
    explore(function* () {
      const cluster = new SimulatedCluster();
      const worker = cluster.worker({ lock: 2 });
      const executor = cluster.executor();
      const once = executor.submit(double, 1);
      const again = executor.options({ retries: 1 }).submit(double, 2);
      yield* sleep(0.9);
      worker.kill();
      cluster.worker({ lock: 2, slots: 2 });
      const outcomes = yield* gather(outcome(once), outcome(again));
      yield* executor.aexit(null);
      seen.add(String(outcomes));
      if (outcomes[1] !== "result 4") throw new Error(`with a retry: ${outcomes[1]}`);
      if (!["result 2", "BrokenExecutor"].includes(String(outcomes[0]))) throw new Error(`without: ${outcomes[0]}`);
    }, how);
    expect([...seen]).toContain("BrokenExecutor,result 4");
  });

  it("shutdown against submit: what was accepted has its result, what was not is an error of submit", () => {
    explore(function* () {
      const cluster = new SimulatedCluster();
      cluster.worker({ slots: 2 });
      const executor = cluster.executor();
      const results: string[] = [];
      function* submitter() {
        for (let n = 0; n < 4; n++) {
          try {
            const job = executor.submit(add, n, 0);
            results.push(yield* outcome(job));
          } catch (error) {
            results.push((error as Error).name);
          }
          yield* sleep(0.001);
        }
      }
      const task = createTask(submitter());
      yield* sleep(0.004);
      yield* executor.aexit(null);
      yield* task;
      const text = results.join(" ");
      if (!/^(result \d ?)*(RuntimeError ?)*$/.test(text)) throw new Error(text);
    }, how);
  });

  it("a worker that hands back: the job runs again if it may, else fails at once", () => {
    explore(function* () {
      const cluster = new SimulatedCluster();
      const worker = cluster.worker({ slots: 2 });
      const executor = cluster.executor();
      const once = executor.submit(double, 1);
      const again = executor.options({ retries: 1 }).submit(double, 2);
      yield* sleep(0.5);
      worker.handBack();
      cluster.worker();
      const outcomes = yield* gather(outcome(once), outcome(again));
      yield* executor.aexit(null);
      if (String(outcomes) !== "BrokenExecutor,result 4") throw new Error(String(outcomes));
    }, how);
  });

  it("cancelling a coroutine that runs ends it as a task is ended, and the job is done when it is", () => {
    explore(function* () {
      ran.length = 0;
      const cluster = new SimulatedCluster();
      cluster.worker();
      const executor = cluster.executor();
      const job = executor.submit(forever);
      yield* sleep(1);
      if (!job.cancel()) throw new Error("cancel() said false");
      const found = yield* outcome(job as never);
      if (found !== "cancelled" || ran.length !== 1) throw new Error(`${found}, ${ran}`);
      yield* executor.aexit(null);
    }, how);
  });
});
