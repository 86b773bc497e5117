import {
  asyncWith,
  Barrier,
  BrokenBarrierError,
  CancelledError,
  createTask,
  DeadlockError,
  gather,
  RuntimeError,
  sleep,
  ValueError,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { errorOf, rejection, simulate, thrownBy } from "../support.ts";

describe("Barrier", () => {
  it("holds the tasks until all have come, and returns its own number to each from 0", async () => {
    await simulate(function* () {
      const barrier = new Barrier(3);
      const tasks = [0, 1].map(() => createTask(barrier.wait()));
      yield* sleep(1);
      expect([barrier.nWaiting, barrier.parties]).toEqual([2, 3]);
      expect(tasks.map((task) => task.done())).toEqual([false, false]);
      expect(yield* barrier.wait()).toBe(2);
      expect(yield* gather(...tasks)).toEqual([0, 1]);
      expect(barrier.nWaiting).toBe(0);
    });
  });

  it("returns distinct numbers also when tasks were cancelled while it filled", async () => {
    await simulate(function* () {
      const barrier = new Barrier(3);
      for (const cancelled of [[0], [1], [0, 1]]) {
        const tasks = [0, 1].map(() => createTask(barrier.wait()));
        yield* sleep(1);
        for (const i of cancelled) tasks[i]?.cancel();
        yield* sleep(1);
        const others = cancelled.map(() => createTask(barrier.wait()));
        yield* sleep(1);
        const last = createTask(barrier.wait());
        yield* sleep(1);
        const numbers = [...tasks, ...others, last].filter((task) => !task.cancelled()).map((task) => task.result());
        expect(numbers.sort()).toEqual([0, 1, 2]);
      }
    });
  });

  it("can be used again, and lets newcomers in only when the last one has left", async () => {
    await simulate(function* () {
      const barrier = new Barrier(2);
      const rounds = yield* gather(...Array.from({ length: 6 }, () => barrier.wait()));
      expect(rounds.toSorted()).toEqual([0, 0, 0, 1, 1, 1]);
      expect(barrier.nWaiting).toBe(0);
    });
  });

  it("forgets a task that is cancelled while it fills", async () => {
    await simulate(function* () {
      const barrier = new Barrier(2);
      const first = createTask(barrier.wait());
      yield* sleep(1);
      first.cancel();
      expect(yield* errorOf(first)).toBeInstanceOf(CancelledError);
      expect([barrier.nWaiting, barrier.broken]).toEqual([0, false]);
      expect((yield* gather(barrier.wait(), barrier.wait())).toSorted()).toEqual([0, 1]);
    });
  });

  it("throws BrokenBarrierError into the waiting tasks when it is reset, and can be used again", async () => {
    await simulate(function* () {
      const barrier = new Barrier(3);
      const tasks = [0, 1].map(() => createTask(barrier.wait()));
      yield* sleep(1);
      yield* barrier.reset();
      for (const task of tasks) {
        const error = yield* errorOf(task);
        expect(error).toBeInstanceOf(BrokenBarrierError);
        expect(error).toBeInstanceOf(RuntimeError);
      }
      expect(barrier.broken).toBe(false);
      yield* gather(...[0, 1, 2].map(() => barrier.wait()));
    });
  });

  it("stays broken after abort() until it is reset", async () => {
    await simulate(function* () {
      const barrier = new Barrier(2);
      const waiting = createTask(barrier.wait());
      yield* sleep(1);
      yield* barrier.abort();
      expect(yield* errorOf(waiting)).toBeInstanceOf(BrokenBarrierError);
      expect(barrier.broken).toBe(true);
      expect(yield* errorOf(barrier.wait())).toMatchObject({ message: "Barrier aborted" });
      expect(String(barrier)).toBe("<Barrier [broken]>");
      yield* barrier.reset();
      expect(barrier.broken).toBe(false);
      yield* gather(barrier.wait(), barrier.wait());
    });
  });

  it("passes its number to a block", async () => {
    await simulate(function* () {
      const barrier = new Barrier(1);
      const number = yield* asyncWith(barrier, function* (index) {
        return index;
      });
      expect(number).toBe(0);
    });
  });

  it("shows its state, also in the report of a deadlock", async () => {
    const barrier = new Barrier(2);
    expect(String(barrier)).toBe("<Barrier [filling, waiters:0/2]>");
    const error = await rejection(simulate(() => barrier.wait()));
    expect(error).toBeInstanceOf(DeadlockError);
    expect(String(error)).toContain("waits for wait at <Barrier [filling, waiters:1/2]>");
  });

  it.each([
    [0, ValueError, "parties must be >= 1"],
    [-2, ValueError, "parties must be >= 1"],
    [1.5, ValueError, "whole number"],
    [Number.NaN, ValueError, "whole number"],
    ["2", TypeError, 'got "2"'],
    [undefined, TypeError, "got undefined"],
  ])("refuses %s parties", (parties, type, message) => {
    const error = thrownBy(() => new Barrier(parties as number));
    expect(error).toBeInstanceOf(type);
    expect(String(error)).toContain(message);
  });
});
