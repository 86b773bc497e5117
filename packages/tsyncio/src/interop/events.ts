/** The events of a target as an async iterable. */

import { checkFunctionOrNull, ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { QueueFull, QueueShutDown, StopAsyncIteration, ValueError } from "../base/errors.ts";
import type { ClosableIterator } from "../iteration/cursor.ts";
import { NativeIterator } from "../iteration/nativeIterator.ts";
import type { AsyncioIterable } from "../iteration/sources.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { Queue } from "../sync/queue.ts";
import {
  checkEventName,
  checkTarget,
  describeEvent,
  type EmitterLike,
  type EventName,
  type EventOf,
  errorEvent,
  errorOfEvent,
  listen,
} from "./listeners.ts";

/** What becomes of an event that comes when `capacity` others have not been taken. */
export type Overflow = "pause" | "dropOldest" | "dropNewest" | "error";

/** Options of `events`. */
export interface EventsOptions {
  /** The event that ends the iteration, or several. */
  end?: EventName | readonly EventName[] | null;
  /**
   * The event that ends it with an error. Defaults to `"error"` for emitters, and to none for targets; null is none.
   */
  error?: EventName | null;
  /** How many events are kept that have not been taken. Defaults to 256. */
  capacity?: number;
  /**
   * What is done when there are `capacity` of them. `"pause"`: the target is paused until half of them are taken; what
   * it emits all the same is kept, up to 65,536 more. `"dropOldest"`, `"dropNewest"`: one is dropped, and counted.
   * `"error"`: the iteration ends with `QueueFull`. Defaults to `"pause"` where the target has `pause` and `resume` or
   * the options have, else to `"error"`.
   */
  overflow?: Overflow;
  /** Pauses the target. Defaults to its own method `pause`. */
  pause?: (() => unknown) | null;
  /** Lets it go on. Defaults to its own method `resume`. */
  resume?: (() => unknown) | null;
}

const OVERFLOWS: readonly unknown[] = ["pause", "dropOldest", "dropNewest", "error"] satisfies Overflow[];
/**
 * How many events a target may still emit after it was paused: those of the bytes that it had read already, 64 KiB
 * mostly.
 */
const AFTER_PAUSE = 65_536;

/**
 * The events of a target, from this call on: of an EventTarget the events, of an EventEmitter the arrays of their
 * arguments.
 *
 *     yield* asyncFor(events(socket, "message", { end: "close" }), function* ([message]) { … });
 *
 * In native syntax `for await (const [message] of events(socket, "message", { end: "close" })) { … }`. Events that come
 * while the body works are kept, at most `capacity` of them. Leaving the loop early, by an error or a cancellation too,
 * removes the listeners. A cancelled `anext()` loses no event: the next one gets it. What was kept comes before the
 * end, and before an error.
 */
export function events<A extends unknown[] = unknown[]>(
  target: EmitterLike,
  type: EventName,
  options?: EventsOptions | null,
): Events<A>;
export function events<Target extends EventTarget, Name extends string>(
  target: Target,
  type: Name,
  options?: EventsOptions | null,
): Events<EventOf<Target, Name>>;
export function events<E>(target: EventTarget, type: string, options?: EventsOptions | null): Events<E>;
export function events(
  target: EmitterLike | EventTarget,
  type: EventName,
  options?: EventsOptions | null,
): Events<unknown> {
  checkTarget(target, "events");
  checkEventName(type, "the type of an event must be a string or a symbol");
  return new Events<unknown>(target, type, settingsOf(target, type, options));
}

interface Settings {
  readonly end: readonly EventName[];
  readonly error: EventName | null;
  readonly capacity: number;
  readonly overflow: Overflow;
  readonly pause: () => unknown;
  readonly resume: () => unknown;
}

function settingsOf(target: object, type: EventName, options: EventsOptions | null | undefined): Settings {
  const own = ownOptions("events", options, {
    end: true,
    error: true,
    capacity: true,
    overflow: true,
    pause: true,
    resume: true,
  });
  const { end = null, error, capacity = 256 } = own;
  const ends = end === null ? [] : Array.isArray(end) ? (end as EventName[]) : [end as EventName];
  for (const name of ends) checkEventName(name, "end must be the name of an event, or an array of names");
  if (error != null) checkEventName(error, "error must be the name of an event");
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new ValueError(`capacity must be a whole number of 1 or more events, got ${describe(capacity)}`);
  }
  const pause = own.pause ?? methodOf(target, "pause");
  const resume = own.resume ?? methodOf(target, "resume");
  checkFunctionOrNull(pause, "pause must be a function that pauses the target");
  checkFunctionOrNull(resume, "resume must be a function that lets the target go on");
  const canPause = pause !== null && resume !== null;
  const overflow = own.overflow ?? (canPause ? "pause" : "error");
  if (!OVERFLOWS.includes(overflow)) {
    throw new ValueError(`overflow must be "pause", "dropOldest", "dropNewest" or "error", got ${describe(overflow)}`);
  }
  if (overflow === "pause" && !canPause) {
    throw new TypeError(
      `overflow "pause" needs the options pause and resume: ${describe(target)} has no methods of these names`,
    );
  }
  const none = (): void => {};
  return {
    end: ends,
    error: errorEvent(target, type, error),
    capacity,
    overflow,
    pause: pause ?? none,
    resume: resume ?? none,
  };
}

function methodOf(target: object, name: "pause" | "resume"): (() => unknown) | null {
  const method = (target as Record<string, unknown>)[name];
  return typeof method === "function" ? () => method.call(target) : null;
}

/** What `events` returns: an async iterator over what is kept of the events. */
export class Events<T> implements ClosableIterator<T>, AsyncioIterable<T>, AsyncIterable<T> {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Events);
  private readonly target: object;
  private readonly type: EventName;
  private readonly settings: Settings;
  private readonly kept: Kept<T>;
  /** What removes the listeners; empty when they are. */
  private stops: (() => void)[] = [];
  private paused = false;
  private ended = false;
  private failure: { error: unknown } | null = null;
  private drops = 0;

  /** @internal */
  constructor(target: object, type: EventName, settings: Settings) {
    this.target = target;
    this.type = type;
    this.settings = settings;
    this.kept = new Kept(() => describeEvent(target, type));
    const { end, error } = settings;
    this.stops.push(listen(target, type, (event) => this.came(event as T)));
    for (const name of end) if (name !== type) this.stops.push(listen(target, name, () => this.end()));
    if (error !== null) {
      this.stops.push(listen(target, error, (event) => this.fail(errorOfEvent(target, error, event))));
    }
  }

  /** How many events `"dropOldest"` or `"dropNewest"` has dropped. */
  get dropped(): number {
    return this.drops;
  }

  aiter(): this {
    return this;
  }

  /** The next event. Throws `StopAsyncIteration` at the end, or the error by which the events have ended. */
  anext(): CoroutineObject<T>;
  *anext(): Coroutine<T> {
    let event: T;
    try {
      event = yield* this.kept.get();
    } catch (error) {
      if (!(error instanceof QueueShutDown)) throw error;
      const { failure } = this;
      this.failure = null;
      throw failure === null ? new StopAsyncIteration() : failure.error;
    }
    if (this.paused && this.kept.qsize() <= this.settings.capacity / 2) this.resume();
    return event;
  }

  /** Removes the listeners, and drops what was kept. */
  aclose(): CoroutineObject<void>;
  *aclose(): Coroutine<void> {
    this._abandon();
    const { failure } = this; // of `resume`
    this.failure = null;
    if (failure !== null) throw failure.error;
  }

  /** @internal */
  _abandon(): void {
    this.failure = null;
    this.kept.shutdown(true);
    this.end();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new NativeIterator<T>(this);
  }

  /** For `await using`: the same as `aclose`. */
  [ASYNC_DISPOSE](): PromiseLike<void> {
    return this.aclose();
  }

  toString(): string {
    const state = this.stops.length === 0 ? "ended" : this.paused ? "paused" : "open";
    return `<Events of ${describeEvent(this.target, this.type)} [${state}, kept:${this.kept.qsize()}]>`;
  }

  private came(event: T): void {
    // An emitter goes through the listeners that it had when it began.
    if (this.ended) return;
    const { kept, settings } = this;
    const { capacity, overflow } = settings;
    const count = kept.qsize();
    if (count >= capacity && overflow !== "pause") {
      if (overflow === "error") return this.fail(this.tooMany(`${count} events have not been taken`));
      this.drops++;
      if (overflow === "dropNewest") return;
      kept.getNowait();
    }
    if (count >= capacity + AFTER_PAUSE) return this.fail(this.tooMany("the target goes on although it was paused"));
    kept.putNowait(event);
    if (overflow === "pause" && !this.paused && count + 1 >= capacity) this.pause();
  }

  private tooMany(what: string): QueueFull {
    const advice = "Take them faster, or choose another capacity or overflow.";
    return new QueueFull(`events of ${describeEvent(this.target, this.type)}: ${what}. ${advice}`);
  }

  private pause(): void {
    try {
      this.settings.pause();
      this.paused = true;
    } catch (error) {
      this.fail(error);
    }
  }

  /** The event that was taken before must not be lost if it throws, nor the target be told. */
  private resume(): void {
    this.paused = false;
    try {
      this.settings.resume();
    } catch (error) {
      this.failure ??= { error };
      this.end();
    }
  }

  private fail(error: unknown): void {
    if (this.stops.length === 0) return;
    this.failure = { error };
    this.end();
  }

  /** The target is left as it was found. What is kept can still be taken. */
  private end(): void {
    const { stops } = this;
    this.ended = true;
    this.stops = [];
    for (const stop of stops) stop();
    this.kept.shutdown();
    if (this.paused) this.resume();
  }
}

/** The events that have not been taken. */
class Kept<T> extends Queue<T> {
  private readonly what: () => string;

  constructor(what: () => string) {
    super();
    this.what = what;
  }

  override describeWait(): string {
    return this.what();
  }
}
