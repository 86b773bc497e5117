/** What the rules of eslint-plugin-tsyncio say of generators, in TypeScript. As in sample.ts. */

import { asyncGenerator, type Coroutine, createTask, Event, gather, isCancelled, Queue, sleep } from "tsyncio";
import * as net from "tsyncio/net";

function* load(id: number): Coroutine<string> {
  yield* sleep(1);
  return `${id}`;
}

export class Cache<T> {
  private readonly filled: Queue<T> = new Queue<T>();
  readonly ready = new Event();

  *fill(item: T): Coroutine<void> {
    this.filled.put(item); // tsyncio/no-dropped-coroutine
    (this.ready as Event).wait(); // tsyncio/no-dropped-coroutine
    this.note!(item); // tsyncio/no-dropped-coroutine
    yield* this.filled.join();
  }

  private *note(_item: T): Coroutine<void> {}
}

export function* main(): Coroutine<void> {
  load(1); // tsyncio/no-dropped-coroutine
  net.startServer(() => {}); // tsyncio/no-dropped-coroutine
  createTask(load(1)); // tsyncio/no-dropped-task
  void createTask(load(1));
  yield* gather(load(1), load(2));
  const texts: string[] = [];
  try {
    texts.push(yield* load(3));
  } catch {} // tsyncio/no-swallowed-cancellation
  try {
    texts.push(yield* load(4));
  } catch (error) {
    if (isCancelled(error)) throw error;
  }
  while (texts.length === 0) yield* sleep(0); // tsyncio/no-polling
}

export function* wrong(): Generator<unknown, void, unknown> {
  yield load(1); // tsyncio/require-yield-star
  yield sleep(1) as unknown; // tsyncio/require-yield-star
}

export const loads = asyncGenerator(function* () {
  yield load(1);
});
