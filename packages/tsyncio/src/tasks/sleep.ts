/** asyncio.sleep. */

import { snapshot } from "../kernel/context.ts";
import { describe } from "../kernel/describe.ts";
import { reused, ValueError } from "../kernel/errors.ts";
import { createWaiter, currentLoop, type Future, type WaitOwner } from "../kernel/future.ts";
import { NO_ARGS, TimerHandle } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { ALREADY_AWAITED, type Coroutine, LeafCoroutine, type Suspend } from "../kernel/protocol.ts";
import { answerProbe, kernel, PROBE, SUSPENDED } from "../kernel/state.ts";

/**
 * Waits `delay` seconds, then gives `result`. 0 and less give the other tasks one turn. Throws `ValueError` for NaN.
 * `asyncio.sleep`.
 */
export function sleep(delay: number): Coroutine<void>;
export function sleep<T>(delay: number, result: T): Coroutine<T>;
export function sleep(delay: number, result?: unknown): Coroutine<unknown> {
  if (typeof delay !== "number") throw new TypeError(`sleep expects a number of seconds, got ${describe(delay)}`);
  return delay <= 0 ? new Turn(result) : new Sleep(delay, result);
}

const BEFORE = 0;
const WAITING = 1;
const ENDED = 2;

/** One turn for the others. */
class Turn<T> extends LeafCoroutine<T> {
  declare private readonly value: T;
  declare private state: number;

  constructor(value: T) {
    super();
    this.value = value;
    this.state = BEFORE;
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (this.state === BEFORE) {
      this.state = WAITING;
      kernel.blockedOn = null;
      return SUSPENDED;
    }
    if (value === PROBE) return answerProbe();
    if (this.state === ENDED) throw reused("sleep()");
    if (value === undefined) return { done: false, value: ALREADY_AWAITED };
    this.state = ENDED;
    return { done: true, value: this.value };
  }

  override throw(error: unknown): never {
    this.state = ENDED;
    throw error;
  }
}

class Sleep<T> extends LeafCoroutine<T> implements WaitOwner {
  declare private readonly delay: number;
  declare private readonly value: T;
  declare private timer: Alarm | null;
  declare private state: number;

  constructor(delay: number, value: T) {
    super();
    this.delay = delay;
    this.value = value;
    this.timer = null;
    this.state = BEFORE;
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (this.state === BEFORE) return this.begin();
    if (value === PROBE) return answerProbe();
    if (this.state === ENDED) throw reused("sleep()");
    if (value === undefined) return { done: false, value: ALREADY_AWAITED };
    this.end();
    return { done: true, value: this.value };
  }

  override throw(error: unknown): never {
    this.end();
    throw error;
  }

  describeWait(): string {
    return `sleep(${this.delay})`;
  }

  private begin(): IteratorResult<Suspend, T> {
    this.state = WAITING;
    if (Number.isNaN(this.delay)) throw new ValueError("Invalid delay: NaN (not a number)");
    const loop = currentLoop();
    const future = createWaiter<undefined>(loop, this);
    this.timer = loop._addTimer(new Alarm(loop.time() + this.delay, future, loop)) as Alarm;
    kernel.blockedOn = future;
    return SUSPENDED;
  }

  private end(): void {
    this.state = ENDED;
    this.timer?.cancel();
    this.timer = null;
  }
}

/** A timer that completes a future. */
class Alarm extends TimerHandle {
  declare private future: Future<undefined>;

  constructor(when: number, future: Future<undefined>, loop: EventLoop) {
    super(when, wake, NO_ARGS, loop, kernel.scope);
    this.future = future;
  }

  override _run(): void {
    if (!this.cancelled() && !this.future.done()) this.future._finish(undefined);
  }
}

function wake(): void {}

/** `callLater` for a plain function of the runtime's own, which needs no arguments. */
export function callLater(loop: EventLoop, delay: number, callback: () => void): TimerHandle {
  return loop._addTimer(new TimerHandle(loop.time() + delay, callback, NO_ARGS, loop, snapshot()));
}
