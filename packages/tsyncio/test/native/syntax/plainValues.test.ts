"use tsyncio";
/**
 * Rule 2: what `await` does with values that are neither coroutines nor promises, and where JavaScript awaits by
 * itself.
 */

import { createTask, getRunningLoop, run, sleep, TimeoutError, timeout, virtualLoop } from "tsyncio";
import { expect, it } from "vitest";

const simulated = <T>(main: Promise<T>): Promise<T> => run(main, { loopFactory: virtualLoop });

it("`while (!ready) await null` ends, and other tasks run meanwhile", () =>
  simulated(
    (async () => {
      let ready = false;
      const log: string[] = [];
      createTask(
        (async () => {
          for (let i = 0; i < 3; i++) {
            log.push(`turn ${i}`);
            await null;
          }
          ready = true;
        })(),
      );
      while (!ready) await null;
      expect(log).toEqual(["turn 0", "turn 1", "turn 2"]);
    })(),
  ));

it("a polling loop is ended by a timeout", () =>
  simulated(
    (async () => {
      getRunningLoop().callLater(1, () => {});
      try {
        await using _ = timeout(0);
        for (;;) await undefined;
      } catch (error) {
        expect(error).toBeInstanceOf(TimeoutError);
      }
    })(),
  ));

it("each kind of value is itself", () =>
  simulated(
    (async () => {
      function* generator(): Generator<number, void> {
        yield 1;
      }
      const fn = (): void => {};
      class Klass {}
      for (const value of [undefined, null, 0, "", false, 1n, Symbol.iterator, [1], { a: 1 }, fn, Klass, new Map()]) {
        expect(await value).toBe(value);
      }
      const returned = generator();
      const returns = async (): Promise<unknown> => returned as unknown;
      expect(await returns()).toBe(returned);
    })(),
  ));

it("returning, yielding and iterating values takes no turn", () =>
  simulated(
    (async () => {
      const log: string[] = [];
      getRunningLoop().callSoon(() => log.push("turn"));
      const f = async (): Promise<number> => 1;
      const g = async function* (): AsyncGenerator<number, void> {
        yield 1;
        yield 2;
      };
      await f();
      for await (const item of g()) log.push(`generator ${item}`);
      for await (const item of [1, 2]) log.push(`array ${item}`);
      await null;
      expect(log).toEqual(["generator 1", "generator 2", "array 1", "array 2", "turn"]);
    })(),
  ));

it("what is returned or yielded is awaited", () =>
  simulated(
    (async () => {
      const one = async (): Promise<number> => {
        await sleep(1);
        return 1;
      };
      const f = async (): Promise<number> => one();
      const g = async function* (): AsyncGenerator<number, number> {
        yield one();
        yield* [one(), 2];
        return one();
      };
      expect(await f()).toBe(1);
      const iterator = g();
      const steps: unknown[] = [];
      for (let i = 0; i < 4; i++) steps.push(await iterator.next());
      expect(steps).toEqual([
        { value: 1, done: false },
        { value: 1, done: false },
        { value: 2, done: false },
        { value: 1, done: true },
      ]);
    })(),
  ));

it("an object with `then` is waited for; if it never settles, the wait can be cancelled", () =>
  run(
    (async () => {
      const thenable = { then: (resolve: (value: number) => void) => void setTimeout(resolve, 1, 5) };
      expect(await thenable).toBe(5);
      try {
        await using _ = timeout(0.01);
        await ({ then() {} } as unknown);
      } catch (error) {
        expect(error).toBeInstanceOf(TimeoutError);
      }
    })(),
  ));
