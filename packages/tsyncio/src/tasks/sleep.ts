/** asyncio.sleep. */

import { checkType } from "../base/checks.ts";
import { reused, ValueError } from "../base/errors.ts";
import { snapshot } from "../kernel/context.ts";
import { currentLoop, Future } from "../kernel/future.ts";
import { NO_ARGS, TimerHandle } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Coroutine, LeafCoroutine, type Suspend } from "../kernel/protocol.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { IDLE, type Timer } from "../kernel/queues/timerLine.ts";
import {
  alreadyAwaited,
  answerProbe,
  PROBE,
  kernel as shared,
  SUSPEND as suspend,
  SUSPENDED as suspended,
} from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";

// As constants of this module's own: see state.ts.
const kernel = shared;
const SUSPEND = suspend;
const SUSPENDED = suspended;

/**
 * Waits `delay` seconds, then gives `result`. 0 and less give the other tasks one turn. Throws `ValueError` for NaN.
 * `asyncio.sleep`.
 */
export function sleep(delay: number): Coroutine<void>;
export function sleep<T>(delay: number, result: T): Coroutine<T>;
export function sleep(delay: number, result?: unknown): Coroutine<unknown> {
  checkType(delay, "number", "sleep expects a number of seconds");
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
    if (value === undefined) return alreadyAwaited(this, null);
    this.state = ENDED;
    return { done: true, value: this.value };
  }

  override throw(error: unknown): IteratorResult<Suspend, T> {
    if (error === PROBE) return SUSPENDED;
    this.state = ENDED;
    throw error;
  }

  /** Nothing of most turns is left while the task waits, so that V8 need not make the object at all. */
  override [Symbol.iterator](): this {
    if (this.state !== BEFORE || this.value !== undefined) return this;
    this.state = ENDED;
    fresh = true;
    return NEXT_TURN as Coroutine<unknown> as this;
  }
}

/** `yield*` has just asked a turn for its iterator: the `next()` that follows begins it, and no second driver. */
let fresh = false;

/** The iterator of all turns without a result. */
class NextTurn extends LeafCoroutine<unknown> {
  next(value?: unknown): IteratorResult<Suspend, unknown> {
    if (value === SUSPEND) return NOTHING;
    if (value === PROBE) return answerProbe();
    if (!fresh) return alreadyAwaited(this, null);
    fresh = false;
    kernel.blockedOn = null;
    return SUSPENDED;
  }

  override throw(error: unknown): IteratorResult<Suspend, unknown> {
    return error === PROBE ? SUSPENDED : super.throw(error);
  }
}

const NEXT_TURN = /* @__PURE__ */ new NextTurn();
const NOTHING: IteratorResult<Suspend, unknown> = /* @__PURE__ */ Object.freeze({ done: true, value: undefined });

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
    if (value === undefined) return alreadyAwaited(this, this.timer);
    this.state = ENDED;
    this.timer = null;
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
    const alarm = new Alarm(loop, this);
    loop._addTimer(alarm, loop.time() + this.delay, this.delay);
    this.timer = alarm;
    kernel.blockedOn = alarm;
    return SUSPENDED;
  }

  private end(): void {
    this.state = ENDED;
    const timer = this.timer;
    if (timer !== null) timer._loop._timers.drop(timer);
    this.timer = null;
  }
}

/** The future of a sleep, and its own timer. */
class Alarm extends Future<unknown> implements Timer {
  /** @internal */ declare _timer: number;

  constructor(loop: EventLoop, owner: WaitOwner) {
    super(loop._asOptions);
    this._owner = owner;
    this._timer = IDLE;
  }

  get _quiet(): boolean {
    return true;
  }

  override _run(): void {
    if (this._state !== 0) return;
    const waiter = this._waiters;
    if (kernel.instrument !== null || waiter === null) return this._finish(undefined);
    // Only the task that sleeps can wait here. In a great crowd every look at it would be a cache miss.
    this._state = 1;
    this._waiters = null;
    this._loop._enqueue(waiter as Runnable);
  }
}

/** `callLater` for a plain function of the runtime's own, which needs no arguments. */
export function callLater(loop: EventLoop, delay: number, callback: () => void): TimerHandle {
  const when = loop.time() + delay;
  return loop._addTimer(new TimerHandle(when, callback, NO_ARGS, loop, snapshot()), when, delay);
}
