"use tsyncio";
/** Native bodies in tsyncio/testing: the same schedules and tokens as those of generators. */

import { type Coroutine, gather, sleep, TaskGroup } from "tsyncio";
import { explore, replay, simulate } from "tsyncio/testing";
import { expect, test } from "vitest";

/** A lost update, in native syntax. */
async function native(): Promise<void> {
  let balance = 100;
  async function withdraw(amount: number, latency: number) {
    await sleep(latency);
    const before = balance;
    await sleep(0.01);
    balance = before - amount;
  }
  await gather(withdraw(60, 0.01), withdraw(30, 0.03));
  if (balance !== 10) throw new Error(`the balance is ${balance}`);
}

/** The same with generators. */
function* generators(): Coroutine<void> {
  let balance = 100;
  function* withdraw(amount: number, latency: number): Coroutine<void> {
    yield* sleep(latency);
    const before = balance;
    yield* sleep(0.01);
    balance = before - amount;
  }
  yield* gather(withdraw(60, 0.01), withdraw(30, 0.03));
  if (balance !== 10) throw new Error(`the balance is ${balance}`);
}

const options = { seed: 1, throws: false, timeMs: null } as const;

test("explore finds a race in native syntax, and names the lines of the program", () => {
  const { failure } = explore(native, options);
  expect(failure?.report).toContain("Error: the balance is 70");
  expect(failure?.report).toMatch(/at withdraw \(\S*testing\.test\.ts:12\)/);
});

test("a token that one form has found plays in the other", () => {
  const [one, other] = [explore(native, options), explore(generators, options)];
  expect(one.failure?.token).toBe(other.failure?.token);
  const token = one.failure?.token as string;
  expect(() => replay(generators, token)).toThrow("the balance is 70");
  expect(() => replay(native, other.failure?.token as string)).toThrow("the balance is 70");
});

test("simulate runs a native body on virtual time", () => {
  const order: string[] = [];
  simulate(async () => {
    await using group = new TaskGroup();
    group.createTask(later("b", 7200));
    group.createTask(later("a", 3600));
  });
  async function later(name: string, seconds: number) {
    await sleep(seconds);
    order.push(name);
  }
  expect(order).toEqual(["a", "b"]);
});
