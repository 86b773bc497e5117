/** Lets other tasks run at every await, even where the runtime would not suspend. */

import { LeafCoroutine } from "../kernel/coroutines.ts";
import { Future } from "../kernel/future.ts";
import type { Suspend } from "../kernel/protocol.ts";
import { answerProbe, checkTaken, PROBE, suspendOn, TURN } from "../kernel/state.ts";

type Awaited = Iterator<Suspend, unknown, unknown>;

/** Waits for one turn of the loop, then for what is awaited. */
class Checkpoint implements Awaited {
  private readonly awaited: Awaited;
  private state = 0;

  constructor(awaited: Awaited) {
    this.awaited = awaited;
  }

  next(value?: unknown): IteratorResult<Suspend, unknown> {
    if (this.state === 2) return this.awaited.next(value);
    if (value === PROBE) return answerProbe();
    if (this.state++ === 1) return this.awaited.next();
    return suspendOn(TURN);
  }

  throw(error: unknown): IteratorResult<Suspend, unknown> {
    if (this.state === 2 && this.awaited.throw !== undefined) return this.awaited.throw(error);
    throw error;
  }

  return(value: unknown): IteratorResult<Suspend, unknown> {
    if (this.state === 2 && this.awaited.return !== undefined) return this.awaited.return(value);
    if (this.state === 1) checkTaken(TURN);
    return { done: true, value };
  }
}

/** Calls `body`, which must be synchronous, with checkpoints at each await. */
export function withCheckpoints<T>(wanted: boolean, body: () => T): T {
  if (!wanted) return body();
  const prototypes = [LeafCoroutine.prototype, Future.prototype] as { [Symbol.iterator](): Awaited }[];
  const originals = prototypes.map((prototype) => prototype[Symbol.iterator]);
  prototypes.forEach((prototype, i) => {
    const original = originals[i] as () => Awaited;
    prototype[Symbol.iterator] = function () {
      return new Checkpoint(original.call(this));
    };
  });
  try {
    return body();
  } finally {
    prototypes.forEach((prototype, i) => {
      prototype[Symbol.iterator] = originals[i] as () => Awaited;
    });
  }
}
