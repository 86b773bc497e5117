/** loop.add_signal_handler and loop.remove_signal_handler. */

import { RuntimeError } from "../base/errors.ts";
import { checkCallback } from "../kernel/callables.ts";
import { snapshot } from "../kernel/context.ts";
import { currentLoop } from "../kernel/future.ts";
import { Handle } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { iscoroutine, iscoroutinefunction } from "../kernel/protocol.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { type Signal, signalName } from "./signalNames.ts";

const loops = new WeakMap<EventLoop, SignalHandlers>();
const UNCATCHABLE = new Set(["SIGKILL", "SIGSTOP"]);

/**
 * `callback(...args)` is called by the loop each time the process gets the signal, instead of what the signal does by
 * default; a handler that was set before is replaced. It takes the place of what `run` does at that signal. While it is
 * set, the process stays as long as the loop runs; when the loop closes, it is removed. The loop is the running one.
 *
 * Throws `ValueError` for an unknown signal, `RuntimeError` for one that cannot be caught, `TypeError` for a coroutine
 * function. `loop.add_signal_handler`.
 */
export function addSignalHandler<A extends unknown[]>(
  signal: Signal,
  callback: (...args: A) => unknown,
  ...args: A
): void {
  if (iscoroutine(callback) || iscoroutinefunction(callback)) {
    throw new TypeError("coroutines cannot be used with addSignalHandler(): let the callback call createTask");
  }
  checkCallback(callback, "addSignalHandler");
  const name = signalName(signal);
  const loop = currentLoop();
  loop._checkClosed();
  const handlers = loops.get(loop) ?? new SignalHandlers(loop);
  loops.set(loop, handlers);
  handlers.add(name, new Handle(callback, args, loop, snapshot()));
}

/**
 * False if no handler of the loop was set for the signal. Throws as `addSignalHandler`. `loop.remove_signal_handler`.
 */
export function removeSignalHandler(signal: Signal): boolean {
  const name = signalName(signal);
  return loops.get(currentLoop())?.remove(name) ?? false;
}

interface Registration {
  handle: Handle;
  readonly listener: () => void;
}

/** Those of one loop. */
class SignalHandlers implements Leftover {
  private readonly loop: EventLoop;
  private readonly registrations = new Map<NodeJS.Signals, Registration>();
  /** A signal's listener does not keep the process from ending. */
  private release: (() => void) | null = null;

  constructor(loop: EventLoop) {
    this.loop = loop;
  }

  add(name: NodeJS.Signals, handle: Handle): void {
    const present = this.registrations.get(name);
    if (present !== undefined) {
      present.handle = handle;
      return;
    }
    const registration = { handle, listener: () => this.loop._enqueue(registration.handle) };
    listen(name, registration.listener);
    this.registrations.set(name, registration);
    leftoversOf(this.loop).add(this);
    this.release ??= this.loop._host.hold?.() ?? null;
    this.loop._handledSignals ??= new Set();
    this.loop._handledSignals.add(name);
  }

  remove(name: NodeJS.Signals): boolean {
    const registration = this.registrations.get(name);
    if (registration === undefined) return false;
    this.registrations.delete(name);
    process.off(name, registration.listener);
    // A signal that has come, and waits for the loop's turn, is dropped with its handler.
    registration.handle.cancel();
    this.loop._handledSignals?.delete(name);
    if (this.registrations.size > 0) return true;
    leftoversOf(this.loop).delete(this);
    this.release?.();
    this.release = null;
    return true;
  }

  /** @internal */
  _loopClosed(): void {
    for (const name of [...this.registrations.keys()]) this.remove(name);
  }
}

function listen(name: NodeJS.Signals, listener: () => void): void {
  try {
    if (UNCATCHABLE.has(name)) throw new Error("it always does what it does by default");
    process.on(name, listener);
  } catch (error) {
    throw new RuntimeError(`${name} cannot be caught`, { cause: error });
  }
}
