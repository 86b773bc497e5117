/** A handler is a function: `explore` calls it with requests of its own, in every order, without a server. */

import { type Coroutine, gather, Lock, sleep } from "tsyncio";
import { explore } from "tsyncio/testing";
import { expect, test } from "vitest";

/** A counter of visits in front of a slow store. */
class Visits {
  stored = 0;
  private readonly lock: Lock | null;

  constructor(lock: Lock | null) {
    this.lock = lock;
  }

  *handle(request: Request): Coroutine<Response> {
    if (request.method !== "POST") return Response.json(this.stored);
    if (this.lock === null) return yield* this.count();
    using _held = yield* this.lock.acquire();
    return yield* this.count();
  }

  private *count(): Coroutine<Response> {
    const before = yield* this.read();
    yield* sleep(0.001); // the store is asked
    this.stored = before + 1;
    return Response.json(before + 1, { status: 201 });
  }

  private *read(): Coroutine<number> {
    yield* sleep(0.001);
    return this.stored;
  }
}

const twoVisits = (makeLock: () => Lock | null) =>
  function* (): Coroutine<void> {
    const visits = new Visits(makeLock());
    const visit = function* (after: number): Coroutine<void> {
      yield* sleep(after);
      yield* visits.handle(new Request("http://service/", { method: "POST" }));
    };
    yield* gather(visit(0), visit(0.003));
    const total = visits.stored;
    if (total !== 2) throw new Error(`${total} visits were counted`);
  };

test("the race of a handler that reads, waits and writes is found within 10,000 schedules", () => {
  expect(
    explore(
      twoVisits(() => null),
      { model: "fifo", throws: false },
    ).failure,
  ).toBeNull();
  const { failure } = explore(
    twoVisits(() => null),
    { throws: false, timeMs: null },
  );
  expect(String(failure?.error)).toMatch("1 visits were counted");
});

test("the same handler with a lock is never flagged", () => {
  expect(
    explore(
      twoVisits(() => new Lock()),
      { throws: false },
    ).failure,
  ).toBeNull();
});
