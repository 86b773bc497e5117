/** Coroutines that a statement drops. */

import { reportToConsole } from "../host/virtual.ts";
import { AsyncGenStep } from "../iteration/asyncGenSteps.ts";
import { LeafCoroutine } from "../kernel/coroutines.ts";
import { type Coroutine, GENERATOR_PROTOTYPE } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { coroutinePrototype } from "./coroutinePrototype.ts";

/**
 * A statement `f(x)`, of which nothing takes the result, is compiled to `f(x)?.[dropped]`: a coroutine that is asked
 * for this reports that nothing of it will run. Futures and tasks run by themselves, and an async generator that is not
 * iterated is no mistake.
 */
export const dropped: unique symbol = Symbol.for("tsyncio.dropped") as never;

// Those of the engine's generators too: an unmarked module may have coroutines that are plain ones.
for (const target of [coroutinePrototype, GENERATOR_PROTOTYPE, LeafCoroutine.prototype, AsyncGenStep.prototype]) {
  // Where a program has frozen what is the engine's, plain ones are not reported.
  if (Object.isExtensible(target)) Object.defineProperty(target, dropped, { get: report, configurable: true });
}

/** What says that it is not new: a function may return a coroutine that something else awaits. */
interface Begun {
  readonly _used?: true;
  readonly _wait?: unknown;
}

function report(this: Coroutine<unknown> & Begun): void {
  if (this._used === true || (this._wait ?? null) !== null) return;
  const message = "A coroutine was dropped, and nothing of it will run. Write await f(), or createTask(f()).";
  const { diagnostics, runningLoop } = kernel;
  diagnostics?.noteSource(this);
  const sourceTraceback = diagnostics?.sourceOf(this) ?? String(new Error("dropped").stack);
  // In debug mode it would be reported once more, when it is collected.
  this.return(undefined);
  if (runningLoop === null) reportToConsole(`${message}\nObject created at:\n${sourceTraceback}`);
  else runningLoop.callExceptionHandler({ message, sourceTraceback });
}
