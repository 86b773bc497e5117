/** asyncio.Barrier. */

import { describe } from "../base/describe.ts";
import { BrokenBarrierError, ValueError } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { ContextMethod, Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { Condition } from "./condition.ts";

type State = "filling" | "draining" | "resetting" | "broken";

/**
 * Tasks wait here until there are `parties` of them, then all go on: `asyncio.Barrier`. Can be used again.
 *
 *     const barrier = new Barrier(3);
 *     yield* barrier.wait(); // until three tasks wait here
 */
export class Barrier {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Barrier);
  declare private readonly condition: Condition;
  /** How many tasks it takes. */
  declare readonly parties: number;
  declare private state: State;
  /** The tasks that are inside. */
  declare private count: number;
  /** The numbers below `count` that no task has: those of tasks that have left while the barrier filled. */
  declare private readonly free: number[];

  /** Throws `ValueError` unless `parties` is a whole number of at least 1. */
  constructor(parties: number) {
    if (typeof parties !== "number")
      throw new TypeError(`a barrier expects a number of parties, got ${describe(parties)}`);
    if (parties < 1) throw new ValueError("parties must be >= 1");
    if (!Number.isInteger(parties)) throw new ValueError(`a barrier expects a whole number of parties, got ${parties}`);
    this.condition = new BarrierCondition(this);
    this.parties = parties;
    this.state = "filling";
    this.count = 0;
    this.free = [];
  }

  /** How many tasks wait for the barrier to fill. */
  get nWaiting(): number {
    return this.state === "filling" ? this.count : 0;
  }

  /** True after `abort()`, until `reset()`. */
  get broken(): boolean {
    return this.state === "broken";
  }

  /**
   * Waits until `parties` tasks are here. Each gets another number from 0 to `parties - 1`. Throws
   * `BrokenBarrierError` if the barrier is broken, or is reset or aborted meanwhile.
   */
  wait(): CoroutineObject<number>;
  *wait(): Coroutine<number> {
    const condition = this.condition;
    yield* condition.acquire();
    try {
      while (this.state === "draining" || this.state === "resetting") yield* condition.wait();
      if (this.state === "broken") throw new BrokenBarrierError("Barrier aborted");
      const index = this.free.pop() ?? this.count;
      try {
        if (++this.count === this.parties) {
          // Tasks that come now wait until all of us have left.
          this.state = "draining";
          condition.notifyAll();
        } else {
          while (this.state === "filling") yield* condition.wait();
          if (this.is("broken") || this.is("resetting")) throw new BrokenBarrierError("Abort or reset of barrier");
        }
        return index;
      } finally {
        this.count--;
        this.free.push(index);
        this.left();
      }
    } finally {
      condition.release();
    }
  }

  /** Empties the barrier for new use: tasks that wait get `BrokenBarrierError`. */
  reset(): CoroutineObject<void>;
  *reset(): Coroutine<void> {
    yield* this.change(() => (this.count > 0 ? "resetting" : "filling"));
  }

  /** Breaks the barrier: tasks that wait, and those that come before `reset()`, get `BrokenBarrierError`. */
  abort(): CoroutineObject<void>;
  *abort(): Coroutine<void> {
    yield* this.change(() => "broken");
  }

  /** Waits; the value of the block is this task's number. */
  aenter(): ContextMethod<number> {
    return this.wait();
  }

  aexit(_error?: unknown): ContextMethod<void>;
  *aexit(_error?: unknown): Coroutine<void> | ContextMethod<void> {}

  toString(): string {
    const waiters = this.broken ? "" : `, waiters:${this.nWaiting}/${this.parties}`;
    return `<${this.constructor.name} [${this.state}${waiters}]>`;
  }

  private *change(state: () => State): Coroutine<void> {
    yield* this.condition.acquire();
    this.state = state();
    this.condition.notifyAll();
    this.condition.release();
  }

  /** What the compiler cannot see: others changed the state while we waited. */
  private is(state: State): boolean {
    return this.state === state;
  }

  /** The last task to leave lets in the tasks that wait outside. */
  private left(): void {
    if (this.count > 0) return;
    this.free.length = 0;
    if (this.is("resetting") || this.is("draining")) this.state = "filling";
    this.condition.notifyAll();
  }
}

/** Says in reports that a task waits at the barrier, not at something inside it. */
class BarrierCondition extends Condition {
  declare private readonly barrier: Barrier;

  constructor(barrier: Barrier) {
    super();
    this.barrier = barrier;
  }

  override describeWait(): string {
    return `wait at ${this.barrier}`;
  }
}
