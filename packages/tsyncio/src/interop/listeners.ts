/** The events of both worlds: those of an EventTarget, and those of an EventEmitter. */

import { DEV } from "#dev";
import { describe } from "../base/describe.ts";

/** The name of an event. */
export type EventName = string | symbol;

/**
 * Node's `EventEmitter`, or anything with its `on(type, listener)` and `off(type, listener)`: its events have any
 * number of arguments. The type takes methods of any types of events.
 */
export interface EmitterLike {
  on(...args: never[]): unknown;
  off(...args: never[]): unknown;
}

/** The event of that name, where the target has a handler for it: that of a WebSocket's "message" is a MessageEvent. */
export type EventOf<Target, Name extends string> = Target extends {
  [K in `on${Name}`]: ((event: infer E) => unknown) | null;
}
  ? E
  : Event;

/** What has both, as the sockets of `ws` have, counts as an emitter. */
function isEmitter(target: unknown): target is EmitterLike {
  return typeof (target as Partial<EmitterLike> | null | undefined)?.on === "function";
}

export function checkTarget(target: unknown, caller: string): void {
  if (!DEV || isEmitter(target)) return;
  if (typeof (target as Partial<EventTarget> | null | undefined)?.addEventListener === "function") return;
  throw new TypeError(`${caller} expects an EventTarget or an EventEmitter, got ${describe(target)}`);
}

export function checkEventName(type: unknown, expected: string): void {
  if (DEV && typeof type !== "string" && typeof type !== "symbol") {
    throw new TypeError(`${expected}, got ${describe(type)}`);
  }
}

/** The event that says that an emitter has failed, unless the caller names one, or null for none. */
export function errorEvent(target: unknown, type: EventName, error: EventName | null | undefined): EventName | null {
  const name = error === undefined ? (isEmitter(target) ? "error" : null) : error;
  return name === type ? null : name;
}

interface Emitter {
  on(type: EventName, listener: (...args: unknown[]) => void): unknown;
  off?(type: EventName, listener: (...args: unknown[]) => void): unknown;
  removeListener?(type: EventName, listener: (...args: unknown[]) => void): unknown;
}

/** `listener` gets the event of a target, and the array of the arguments of an emitter's. Returns what stops it. */
export function listen(target: unknown, type: EventName, listener: (event: unknown) => void): () => void {
  if (isEmitter(target)) {
    const emitter = target as Emitter;
    const forward = (...args: unknown[]): void => listener(args);
    emitter.on(type, forward);
    return () => void (emitter.off ?? emitter.removeListener)?.call(emitter, type, forward);
  }
  const web = target as EventTarget;
  web.addEventListener(type as string, listener);
  return () => web.removeEventListener(type as string, listener);
}

/** The error that an event tells of: the event itself is none. */
export function errorOfEvent(target: unknown, type: EventName, event: unknown): unknown {
  const told: unknown = Array.isArray(event) ? event[0] : (event as { error?: unknown }).error;
  if (told instanceof Error || (Array.isArray(event) && told != null)) return told;
  return new Error(`${describeEvent(target, type)} has come`, { cause: told ?? event });
}

export function describeEvent(target: unknown, type: EventName): string {
  return `the event ${typeof type === "symbol" ? String(type) : JSON.stringify(type)} of ${describe(target)}`;
}
