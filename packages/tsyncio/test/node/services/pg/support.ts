/** What the tests of tsyncio/pg share. */

import { type Awaitable, type Coroutine, type ExceptionContext, fromPromise, newEventLoop, run, sleep } from "tsyncio";
import { createPool, type Pool, type PoolOptions } from "tsyncio/pg";
import { afterAll, beforeAll, expect } from "vitest";
import { Observer, Postgres } from "./postgres.ts";

/** A server for the tests of a file, and a look at it from outside. */
export function postgres(): { server: Postgres; observer: Observer } {
  const place = {} as { server: Postgres; observer: Observer };
  beforeAll(async () => {
    place.server = await Postgres.start();
    place.observer = await new Observer(place.server).connect();
  });
  afterAll(async () => {
    await place.observer?.end();
    await place.server?.stop();
  });
  return place;
}

/** `run(main())`; the loop must have reported nothing. */
export async function quiet<T>(main: () => Awaitable<T>): Promise<T> {
  const reports: ExceptionContext[] = [];
  const loopFactory = () => {
    const loop = newEventLoop();
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    return loop;
  };
  const result = await run(main(), { loopFactory });
  expect(reports).toEqual([]);
  return result;
}

/** The body has a pool. Afterwards all of its connections are idle on both sides; and when it is closed, gone. */
export async function withPool(
  { server, observer }: ReturnType<typeof postgres>,
  options: PoolOptions,
  body: (pool: Pool) => Coroutine<void>,
): Promise<void> {
  await quiet(function* () {
    const pool = createPool({ ...server.options, ...options });
    yield* body(pool);
    yield* allIdle(pool, observer);
    yield* pool.close();
    yield* noSessions(observer);
  });
}

export function* allIdle(pool: Pool, observer: Observer): Coroutine<void> {
  yield* eventually(() => pool.getIdleSize() === pool.getSize());
  const states = () => fromPromise(observer.sessions());
  const busy = (yield* states()).filter(({ state }) => state !== "idle");
  expect(busy).toEqual([]);
  expect((yield* states()).length).toBe(pool.getSize());
}

export function* noSessions(observer: Observer): Coroutine<void> {
  for (;;) {
    if ((yield* fromPromise(observer.sessions())).length === 0) return;
    yield* sleep(0.002);
  }
}

/** Waits until it is true; the test's own time is the limit. */
export function* eventually(condition: () => boolean): Coroutine<void> {
  while (!condition()) yield* sleep(0.001);
}
