/** asyncio.sleep. */

import { checkType } from "../base/checks.ts";
import { ValueError } from "../base/errors.ts";
import { snapshot } from "../kernel/context.ts";
import { LeafCoroutine } from "../kernel/coroutines.ts";
import { currentLoop, Future } from "../kernel/future.ts";
import { NO_ARGS, TimerHandle } from "../kernel/handle.ts";
import { isResumed, Leaf } from "../kernel/leaf.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Coroutine, type CoroutineObject, done, type Suspend, type Suspended } from "../kernel/protocol.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { IDLE, type Timer } from "../kernel/queues/timerLine.ts";
import {
  alreadyAwaited,
  answerProbe,
  checkTaken,
  kernel,
  PROBE,
  SUSPENDED,
  SUSPEND as suspend,
  suspendOn,
  TURN as turn,
} from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";

// As constants of this module's own: see state.ts.
const SUSPEND = suspend;
const TURN = turn;

/**
 * Waits `delay` seconds, then returns `result`. 0 and less let the other tasks have one turn. Throws `ValueError` for
 * NaN.
 * `asyncio.sleep`.
 *
 *     yield* sleep(0.5); // half a second
 */
export function sleep(delay: number): CoroutineObject<void>;
export function sleep<T>(delay: number, result: T): CoroutineObject<T>;
export function sleep(delay: number, result?: unknown): CoroutineObject<unknown> {
  checkType(delay, "number", "sleep expects a number of seconds");
  return delay <= 0 ? new OneTurn(result) : new Sleep(delay, result);
}

/** One turn for the other tasks. */
class OneTurn<T> extends Leaf<T> {
  declare private readonly value: T;

  constructor(value: T) {
    super();
    this._wait = null;
    this.value = value;
  }

  protected get madeBy(): string {
    return "sleep()";
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    const wait = this._wait;
    if (wait === null) return this.suspend(TURN);
    if (!isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    return { done: true, value: this.value };
  }

  protected abandon(): void {}

  /** Nothing of most turns is left while the task waits, so that V8 need not make the object at all. */
  override [Symbol.iterator](): this {
    if (this._wait !== null || this.value !== undefined) return this;
    this._wait = undefined;
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
    if (!fresh) return alreadyAwaited(this, TURN);
    fresh = false;
    return suspendOn(TURN);
  }

  override throw(error: unknown): IteratorResult<Suspend, unknown> {
    return error === PROBE ? SUSPENDED : super.throw(error);
  }

  override return(value: unknown): IteratorResult<Suspend, unknown> {
    checkTaken(TURN);
    return done(value);
  }
}

const NEXT_TURN = /* @__PURE__ */ new NextTurn();
const NOTHING: IteratorResult<Suspend, unknown> = /* @__PURE__ */ Object.freeze({ done: true, value: undefined });

class Sleep<T> extends Leaf<T> implements WaitOwner {
  declare private readonly delay: number;
  declare private readonly value: T;

  constructor(delay: number, value: T) {
    super();
    this._wait = null;
    this.delay = delay;
    this.value = value;
  }

  protected get madeBy(): string {
    return "sleep()";
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    const wait = this._wait;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    return wait === null ? this.begin() : { done: true, value: this.value };
  }

  private begin(): Suspended {
    if (Number.isNaN(this.delay)) throw new ValueError("Invalid delay: NaN (not a number)");
    const loop = currentLoop();
    const alarm = new Alarm(loop, this);
    loop._addTimer(alarm, loop.time() + this.delay, this.delay);
    return this.suspend(alarm);
  }

  protected abandon(alarm: Future<unknown>): void {
    alarm.getLoop()._timers.drop(alarm as Alarm);
  }

  describeWait(): string {
    return `sleep(${this.delay})`;
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
