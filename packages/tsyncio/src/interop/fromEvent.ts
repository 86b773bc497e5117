/** One event for a coroutine. */

import { ownOptions } from "../base/checks.ts";
import type { NativeCoroutine } from "../kernel/protocol.ts";
import { checkSignal, onAbort } from "../tasks/abort.ts";
import { CallbackWait } from "./fromCallback.ts";
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

/** Options of `fromEvent`. */
export interface FromEventOptions {
  /**
   * The event that ends the wait with an error. Defaults to `"error"` for emitters, and to none for targets; null is
   * none.
   */
  error?: EventName | null;
  /** Ends the wait when it aborts, with its reason. */
  signal?: AbortSignal | null;
}

/**
 * Waits for one event, and returns it: of an EventTarget the event, of an EventEmitter the array of its arguments.
 *
 *     const click = yield* fromEvent(button, "click");
 *     const [code] = yield* fromEvent<[number]>(child, "exit");
 *
 * It listens from the moment it is awaited; to listen at once make it a task, `createTask(fromEvent(…), { eagerStart:
 * true })`. At the end of the wait, also by a cancellation, the listeners are removed.
 *
 * @throws The error of the event `error`: the emitter's argument, or the `error` of the target's event; the reason of
 * `signal`.
 */
export function fromEvent<A extends unknown[] = unknown[]>(
  target: EmitterLike,
  type: EventName,
  options?: FromEventOptions | null,
): NativeCoroutine<A>;
export function fromEvent<Target extends EventTarget, Name extends string>(
  target: Target,
  type: Name,
  options?: FromEventOptions | null,
): NativeCoroutine<EventOf<Target, Name>>;
export function fromEvent<E>(target: EventTarget, type: string, options?: FromEventOptions | null): NativeCoroutine<E>;
export function fromEvent(
  target: EmitterLike | EventTarget,
  type: EventName,
  options?: FromEventOptions | null,
): NativeCoroutine<unknown> {
  checkTarget(target, "fromEvent");
  checkEventName(type, "the type of an event must be a string or a symbol");
  const { error, signal = null } = ownOptions("fromEvent", options, { error: true, signal: true });
  if (error != null) checkEventName(error, "error must be the name of an event");
  if (signal !== null) checkSignal(signal, "fromEvent");
  const failing = errorEvent(target, type, error);
  const begin = (resolve: (event: unknown) => void, reject: (error: unknown) => void): (() => void) => {
    if (signal?.aborted) throw signal.reason;
    const stops = [listen(target, type, resolve)];
    if (failing !== null) {
      stops.push(listen(target, failing, (event) => reject(errorOfEvent(target, failing, event))));
    }
    if (signal !== null) stops.push(onAbort(signal, () => reject(signal.reason)));
    return () => {
      for (const stop of stops) stop();
    };
  };
  return new CallbackWait<unknown>(begin, {}, "fromEvent", () => describeEvent(target, type));
}
