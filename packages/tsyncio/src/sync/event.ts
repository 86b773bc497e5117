/** asyncio.Event. */

import { reused } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { type Coroutine, done, type Suspend } from "../kernel/protocol.ts";
import { alreadyAwaited, answerProbe, PROBE } from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { getLoop, type LoopBound } from "./loopBound.ts";
import { WaiterCoroutine, WaiterLine } from "./waiters.ts";

/** A flag that tasks can wait for: `asyncio.Event`. Not set at first. */
export class Event implements WaitOwner, LoopBound {
  /** @internal */ declare _value: boolean;
  /** @internal */ declare readonly _waiters: WaiterLine;
  /** @internal */ declare _loop: EventLoop | null;

  constructor() {
    this._value = false;
    this._waiters = new WaiterLine();
    this._loop = null;
  }

  isSet(): boolean {
    return this._value;
  }

  /** Wakes all who wait, also if `clear()` follows at once. */
  set(): void {
    if (this._value) return;
    this._value = true;
    if (this._waiters.length > 0) this._waiters.wake(Number.POSITIVE_INFINITY);
  }

  clear(): void {
    this._value = false;
  }

  /** Waits until the event is set. Gives true. */
  wait(): Coroutine<true> {
    return new EventWait(this);
  }

  describeWait(): string {
    return `set of ${this}`;
  }

  toString(): string {
    const waiters = this._waiters.length === 0 ? "" : `, waiters:${this._waiters.length}`;
    return `<${this.constructor.name} [${this._value ? "set" : "unset"}${waiters}]>`;
  }
}

class EventWait extends WaiterCoroutine<true> {
  /** Null once the coroutine has ended. */
  declare private event: Event | null;

  constructor(event: Event) {
    super();
    this.event = event;
  }

  next(value?: unknown): IteratorResult<Suspend, true> {
    const event = this.event;
    if (event === null) throw reused("event.wait()");
    if (this._future === null) {
      if (!event._value) return this._suspend(getLoop(event), event, event._waiters);
      this.event = null;
    } else {
      if (value === PROBE) return answerProbe();
      if (value === undefined) return alreadyAwaited(this, this._future);
      this.leave();
    }
    return { done: true, value: true };
  }

  override throw(error: unknown): never {
    this.leave();
    throw error;
  }

  override return(value: true): IteratorResult<Suspend, true> {
    this.leave();
    return done(value);
  }

  private leave(): void {
    if (this._future !== null) (this.event as Event)._waiters.remove(this);
    this._future = null;
    this.event = null;
  }
}
