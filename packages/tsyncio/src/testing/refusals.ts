/**
 * The functions of the platform that a simulation refuses: they would wait for real time, or for an event from outside.
 */

import { NotSimulatedError } from "./failure.ts";
import type { Replacements } from "./replacements.ts";
import type { CurrentWorld } from "./standIns.ts";

const SLEEP = "yield* sleep(seconds) or loop.callLater(seconds, f)";
const COROUTINE = "a coroutine that sleeps";
const QUEUE = "a Queue";
const LOCK = "a Lock";

/** The refused functions by owner, with what to use instead. */
const FUNCTIONS: readonly [path: string, instead: string][] = [
  ["setTimeout", SLEEP],
  ["setInterval", SLEEP],
  ["setImmediate", SLEEP],
  ["requestAnimationFrame", SLEEP],
  ["requestIdleCallback", SLEEP],
  ["AbortSignal.timeout", SLEEP],
  ["scheduler.wait", SLEEP],
  ["scheduler.yield", "yield* sleep(0)"],
  ["scheduler.postTask", SLEEP],
  ["Atomics.wait", "yield* sleep(seconds), or a Condition"],
  ["Atomics.waitAsync", "yield* sleep(seconds), or a Condition"],
  ["Bun.sleep", SLEEP],
  ["Bun.sleepSync", SLEEP],
  ["fetch", COROUTINE],
  ["navigator.sendBeacon", COROUTINE],
  ["navigator.locks.request", LOCK],
];

const CLASSES: readonly [name: string, instead: string][] = [
  ["WebSocket", COROUTINE],
  ["WebSocketStream", COROUTINE],
  ["WebTransport", COROUTINE],
  ["EventSource", COROUTINE],
  ["XMLHttpRequest", COROUTINE],
  ["RTCPeerConnection", COROUTINE],
  ["Worker", COROUTINE],
  ["SharedWorker", COROUTINE],
  ["BroadcastChannel", QUEUE],
  ["MessageChannel", QUEUE],
];

type Constructor = new (...args: unknown[]) => object;

export function refuse(replacements: Replacements, current: CurrentWorld): void {
  const check = (what: string, instead: string): void => {
    if (current() === null) return;
    throw new NotSimulatedError(`${what} in a simulation: real time does not pass here. Use ${instead}`);
  };
  for (const [path, instead] of FUNCTIONS) {
    const names = path.split(".");
    const key = names.pop() as string;
    const owner = ownerOf(names);
    if (owner === null) continue;
    replacements.replace(owner, key, (original) => {
      return new Proxy(original, {
        apply(target, self, args) {
          check(`${path}()`, instead);
          return Reflect.apply(target, self, args);
        },
      });
    });
  }
  for (const [name, instead] of CLASSES) {
    replacements.replace(globalThis, name, (original) => {
      return new Proxy(original as unknown as Constructor, {
        construct(target, args, newTarget): object {
          check(`new ${name}()`, instead);
          return Reflect.construct(target, args, newTarget);
        },
      });
    });
  }
}

function ownerOf(names: readonly string[]): object | null {
  let owner: unknown = globalThis;
  for (const name of names) {
    owner = (owner as Record<string, unknown>)[name];
    if (owner === null || (typeof owner !== "object" && typeof owner !== "function")) return null;
  }
  return owner as object;
}
