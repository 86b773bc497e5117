/** The real world is out of reach while a simulation runs: its clock and chance are replaced, its timers refused. */

import { NotSimulatedError } from "./failure.ts";
import type { World } from "./world.ts";

type Globals = Record<string, unknown>;

const globals = globalThis as unknown as Globals;
const RealDate = Date;

/** What would wait for real time, or for somebody else's event. */
const REFUSED = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "requestAnimationFrame",
  "fetch",
  "WebSocket",
  "XMLHttpRequest",
];

let current: World | null = null;

function world(): World {
  return current as World;
}

function milliseconds(): number {
  const { settings, clock } = world();
  return settings.start + clock.time * 1000;
}

const SimulatedDate: DateConstructor = new Proxy(RealDate, {
  apply: () => new RealDate(milliseconds()).toString(),
  construct: (target, args, newTarget): Date =>
    Reflect.construct(
      target,
      args.length === 0 ? [milliseconds()] : args,
      newTarget === SimulatedDate ? target : newTarget,
    ),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});

function now(): number {
  return Math.floor(milliseconds());
}

/**
 * Calls `body` with the guards up. It must be synchronous, so that nobody else sees them. `enter` says whose time and
 * chance it is.
 */
export function guarded<T>(body: (enter: (world: World) => void) => T): T {
  const undo: (() => void)[] = [];
  const replace = (target: Globals, key: string, value: unknown): void => {
    const old = Object.getOwnPropertyDescriptor(target, key);
    if (old?.configurable === false && !old.writable) return;
    Object.defineProperty(target, key, { value, writable: true, configurable: true });
    undo.push(() => (old === undefined ? delete target[key] : Object.defineProperty(target, key, old)));
  };
  const outer = current;
  replace(globals, "Date", SimulatedDate);
  replace(Math as unknown as Globals, "random", () => world().random());
  replace(performance as unknown as Globals, "now", () => world().clock.time * 1000);
  for (const name of REFUSED) {
    if (typeof globals[name] === "function") replace(globals, name, refusal(name));
  }
  replace(AbortSignal as unknown as Globals, "timeout", refusal("AbortSignal.timeout"));
  try {
    return body((entered) => {
      current = entered;
    });
  } finally {
    current = outer;
    for (const step of undo.reverse()) step();
  }
}

function refusal(name: string): () => never {
  const instead = /^set|imeout|Frame/.test(name)
    ? "yield* sleep(seconds) or loop.callLater(seconds, f)"
    : "a coroutine that sleeps";
  return () => {
    throw new NotSimulatedError(`${name}() in a simulation: real time does not pass here. Use ${instead}`);
  };
}
