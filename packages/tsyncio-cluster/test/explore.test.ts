// Under explore, on the queue in memory: no result is lost or comes twice, in whichever order the messages arrive.
import { asyncFor, asyncWith, CancelledError, type Coroutine, createTask, gather, sleep } from "tsyncio";
import { explore, simulate } from "tsyncio/testing";
import { beforeEach, describe, expect, it } from "vitest";
import type { ClusterExecutor, ClusterJob } from "../src/index.ts";
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
function* outcome(job: ClusterJob<unknown>): Coroutine<string> {
  try {
    return `result ${yield* job}`;
  } catch (error) {
    return job.cancelled() || error instanceof CancelledError ? "cancelled" : (error as Error).name;
  }
}

describe("the only worker is gone, and no other one comes", () => {
  /** A job runs on a worker that is killed then. */
  function* lose(cluster: SimulatedCluster, executor: ClusterExecutor): Coroutine<ClusterJob<number>> {
    const worker = cluster.worker({ lock: 2 });
    const job = executor.submit(double, 1);
    yield* sleep(0.5);
    expect(job.running()).toBe(true);
    worker.kill();
    return job;
  }
  const BROKEN = /BrokenExecutor: the worker that ran .*#double has ended, or was not heard of in time/;

  it("each that waits for the job has a BrokenExecutor: a caller, map, another executor that asks by id", () => {
    simulate(function* () {
      const cluster = new SimulatedCluster();
      const executor = cluster.executor();
      const job = yield* lose(cluster, executor);
      const other = cluster.executor();
      const errors = yield* gather(job, other.job<number>(job.id), { returnExceptions: true });
      for (const error of errors) expect(String(error)).toMatch(BROKEN);
      const worker = cluster.worker({ lock: 2 });
      const found: unknown[] = [];
      try {
        yield* asyncFor(executor.map(double, [1, 2]), function* (n) {
          found.push(n);
          worker.kill();
        });
      } catch (error) {
        found.push(String(error));
      }
      expect(found).toEqual([2, expect.stringMatching(BROKEN)]);
      for (const one of [executor, other]) yield* one.aexit(null);
    });
  });

  it("the end of a context waits for that, and not forever", () => {
    simulate(function* (sim) {
      const cluster = new SimulatedCluster();
      const executor = cluster.executor();
      const job = yield* lose(cluster, executor);
      yield* executor.aexit(null);
      expect(String(job.exception())).toMatch(BROKEN);
      expect(cluster.pending).toBe(0);
      expect(sim.time).toBeLessThan(60);
    });
  });

  it("shutdown({ cancelFutures: true }) cancels a job that may run again: it goes back into the queue, and does not begin", () => {
    simulate(function* () {
      const cluster = new SimulatedCluster();
      const executor = cluster.executor({ retries: 3 });
      const job = yield* lose(cluster, executor);
      void executor.shutdown({ cancelFutures: true, wait: false });
      yield* executor.aexit(null);
      expect(job.cancelled()).toBe(true);
      expect(cluster.pending).toBe(0);
    });
  });

  it('a job that is cancelled with cancel: "terminate", or is a coroutine, is cancelled when its lock has run out', () => {
    simulate(function* () {
      for (const cancel of ["terminate", "leave"] as const) {
        const cluster = new SimulatedCluster();
        const executor = cluster.executor({ retries: 3, cancel });
        const job = yield* lose(cluster, executor);
        expect(job.cancel()).toBe(true);
        yield* executor.aexit(null);
        expect(job.cancelled()).toBe(true);
        expect(cluster.pending).toBe(0);
      }
    });
  });

  it("with retries it waits for a worker, and runs when there is one", () => {
    simulate(function* () {
      const cluster = new SimulatedCluster();
      const executor = cluster.executor({ retries: 1 });
      const job = yield* lose(cluster, executor);
      yield* sleep(100);
      expect([job.done(), job.running()]).toEqual([false, false]);
      cluster.worker();
      expect(yield* job).toBe(2);
      yield* executor.aexit(null);
    });
  });
});

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

  it("a killed worker against shutdown, without another worker: every job is done, and shutdown ends", () => {
    const seen = new Set<string>();
    explore(function* () {
      const cluster = new SimulatedCluster();
      const worker = cluster.worker({ lock: 2, slots: 2 });
      const executor = cluster.executor();
      const once = executor.submit(double, 1);
      const again = executor.options({ retries: 1 }).submit(double, 2);
      yield* sleep(0.999);
      worker.kill();
      void executor.shutdown({ cancelFutures: true, wait: false });
      yield* executor.aexit(null);
      const outcomes = yield* gather(outcome(once), outcome(again));
      seen.add(String(outcomes));
      if (!/^(result 2|BrokenExecutor),(result 4|cancelled)$/.test(String(outcomes))) throw new Error(String(outcomes));
      if (cluster.pending > 0) throw new Error("a job was left in the queue");
    }, how);
    expect([...seen]).toContain("BrokenExecutor,cancelled");
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
