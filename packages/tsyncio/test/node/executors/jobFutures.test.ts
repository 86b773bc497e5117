// A Job as a future: its callbacks, and what follows from it on a loop.
import { getRunningLoop, newEventLoop, run, setEventLoop, wrapFuture } from "tsyncio";
import { ThreadPoolExecutor } from "tsyncio/executors";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import * as jobs from "./jobs.ts";

const pool = new ThreadPoolExecutor(1);
afterAll(() => pool.shutdown());
afterEach(() => {
  setEventLoop(null);
  vi.restoreAllMocks();
});

describe("an error in a done callback of a job", () => {
  it("is logged; the other callbacks are called, and the program goes on", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const called: string[] = [];
    const job = pool.submit(jobs.add, 1, 2);
    job.addDoneCallback(() => {
      called.push("first");
      throw new RangeError("doh!");
    });
    job.addDoneCallback(() => called.push("second"));
    expect(await job).toBe(3);
    expect(await pool.submit(jobs.add, 2, 2)).toBe(4);
    expect(called).toEqual(["first", "second"]);
    expect(log.mock.calls).toEqual([
      [expect.stringMatching(/^exception calling callback for <Job add\(\) finished>\nRangeError: doh!/)],
    ]);
  });

  it("may be one that cannot be read", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const fail = () => {
      throw new Error("unreadable");
    };
    const job = pool.submit(jobs.add, 1, 2);
    const odd = [
      Object.create(null),
      new Proxy({}, { get: fail, getPrototypeOf: fail }),
      Object.defineProperty(new Error(), "message", { get: fail }),
      Object.assign(new Error("readable"), { field: { toString: fail } }),
    ];
    for (const error of odd) {
      job.addDoneCallback(() => {
        throw error;
      });
    }
    expect(await job).toBe(3);
    expect(await pool.submit(jobs.add, 2, 2)).toBe(4);
    expect(log).toHaveBeenCalledTimes(odd.length);
  });

  it("is logged too where the job is done already, and does not come from addDoneCallback", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const job = pool.submit(jobs.add, 1, 2);
    await job;
    job.addDoneCallback(() => {
      throw new RangeError("doh!");
    });
    expect(log).toHaveBeenCalledOnce();
  });
});

describe("a future of a job", () => {
  it("is cancelled when the job is", async () => {
    const reports: unknown[] = [];
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const cancelled = await run(
      (function* () {
        getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
        const first = pool.submit(jobs.waitFor, gate);
        const job = pool.submit(jobs.add, 1, 2);
        const future = wrapFuture(job);
        job.cancel();
        Atomics.store(gate, 0, 1);
        yield* first;
        return future.cancelled();
      })(),
    );
    expect([cancelled, reports]).toEqual([true, []]);
  });

  it("on a loop that has been closed hears nothing: a result that comes too late does no harm", async () => {
    const loop = newEventLoop();
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const future = loop.runInExecutor(pool, jobs.waitFor, gate);
    future.addDoneCallback(() => {});
    loop.close();
    Atomics.store(gate, 0, 1);
    expect(await pool.submit(jobs.add, 1, 2)).toBe(3); // the other one is done
    expect(future.done()).toBe(false);
  });
});
