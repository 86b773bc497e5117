/** The race of a pool that checks whether there is room, and acts on it when it has waited; and its repaired twin. */

import { Condition, type Coroutine, gather, sleep } from "tsyncio";
import { Exploration, explore, simulate } from "tsyncio/testing";
import { describe, expect, it } from "vitest";

const MAX = 2;

class SmallPool {
  private readonly fixed: boolean;
  private readonly changed = new Condition();
  private readonly idle: object[] = [];
  /** What the server sees. */
  private open = 0;
  private size = 0;

  constructor(fixed: boolean) {
    this.fixed = fixed;
  }

  *acquire(milliseconds: number): Coroutine<object> {
    yield* this.changed.acquire();
    while (this.idle.length === 0 && this.size >= MAX) yield* this.changed.wait();
    const idle = this.idle.pop();
    if (this.fixed && idle === undefined) this.size++;
    this.changed.release();
    if (idle !== undefined) return idle;
    this.open++;
    if (this.open > MAX) throw new Error(`the server has ${this.open} connections, and ${MAX} are allowed`);
    yield* sleep(milliseconds / 1000); // connects
    if (!this.fixed) this.size++; // too late: others have looked meanwhile
    return {};
  }

  *release(connection: object): Coroutine<void> {
    yield* this.changed.acquire();
    this.idle.push(connection);
    this.changed.notify();
    this.changed.release();
  }
}

const program = (fixed: boolean) =>
  function* requests(): Coroutine<void> {
    const pool = new SmallPool(fixed);
    function* request(arrives: number): Coroutine<void> {
      yield* sleep(arrives / 1000);
      const connection = yield* pool.acquire(1);
      yield* sleep(0.002); // the query
      yield* pool.release(connection);
    }
    yield* gather(request(0), request(2), request(4), request(6));
  };

describe("a small pool of connections", () => {
  it("goes well in the order of its latencies, with the race or without", () => {
    simulate(program(false), { model: "fifo" });
    simulate(program(true), { model: "fifo" });
  });

  it("opens too many: explore finds it by the default settings", () => {
    for (const seed of [1, 2, 3]) {
      const { failure } = explore(program(false), { seed, throws: false, timeMs: null });
      expect(failure?.kind).toBe("error");
      expect(failure?.schedule ?? Infinity).toBeLessThanOrEqual(10_000);
    }
  });

  it("is not flagged when it is repaired", () => {
    const exploration = explore(program(true), { seed: 1, iterations: 10_000, timeMs: null, throws: false });
    expect(exploration).toBeInstanceOf(Exploration);
    expect(exploration.failure?.report ?? null).toBeNull();
  });
});
