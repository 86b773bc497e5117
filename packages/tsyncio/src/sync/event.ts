/** asyncio.Event. */

import { isResumed } from "../kernel/leaf.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { CoroutineObject, Suspend } from "../kernel/protocol.ts";
import { answerProbe, PROBE } from "../kernel/state.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { getLoop, type LoopBound } from "./loopBound.ts";
import { WaiterCoroutine, WaiterLine } from "./waiters.ts";

/**
 * A flag that tasks can wait for: `asyncio.Event`. Not set at first.
 *
 *     const ready = new Event();
 *     createTask(ready.wait());
 *     ready.set(); // wakes all waiting tasks
 */
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

  /** Wakes all tasks that wait, also if `clear()` follows at once. */
  set(): void {
    if (this._value) return;
    this._value = true;
    if (this._waiters.length > 0) this._waiters.wake(Number.POSITIVE_INFINITY);
  }

  clear(): void {
    this._value = false;
  }

  /** Waits until the event is set. Returns true. */
  wait(): CoroutineObject<true> {
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
  declare private readonly event: Event;

  constructor(event: Event) {
    super();
    this.event = event;
  }

  protected get madeBy(): string {
    return "event.wait()";
  }

  next(value?: unknown): IteratorResult<Suspend, true> {
    const { _wait: wait, event } = this;
    if (wait !== null && !isResumed(wait, value)) return value === PROBE ? answerProbe() : this.refuse();
    this._wait = undefined;
    if (wait !== null) event._waiters.delete(this);
    else if (!event._value) return this.join(getLoop(event), event, event._waiters);
    return { done: true, value: true };
  }

  protected abandon(): void {
    this.event._waiters.delete(this);
  }
}
