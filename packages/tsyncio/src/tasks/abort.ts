/** Listening to an AbortSignal. */

import { DEV } from "#dev";
import { describe } from "../base/describe.ts";
import { type Linked, LinkedList } from "../base/linkedList.ts";
import { isfuture } from "../kernel/future.ts";
import { iscoroutine } from "../kernel/protocol.ts";
import { closeUnstarted } from "./create.ts";

/** The message of a cancellation by a signal. */
export const ABORTED = "aborted by a signal";

export function checkSignal(signal: AbortSignal, caller: string): AbortSignal {
  if (!DEV || typeof (signal as Partial<AbortSignal> | null)?.addEventListener === "function") return signal;
  throw new TypeError(`${caller} expects an AbortSignal, got ${describe(signal)}`);
}

/** Throws the reason of a signal that has aborted; nothing of the awaitable runs then. */
export function refuseIfAborted(signal: AbortSignal | null, awaitable: unknown): void {
  if (signal?.aborted !== true) return;
  if (isfuture(awaitable)) awaitable.cancel();
  else if (iscoroutine(awaitable)) closeUnstarted(awaitable);
  throw signal.reason;
}

/**
 * Calls `listener` when the signal aborts, until the function that it returns is called. The signal, which may live as
 * long as the process, has one listener of ours however many tasks it can cancel: Node warns of more than ten.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let listeners = signals.get(signal);
  if (listeners === undefined) {
    listeners = new AbortListeners();
    signals.set(signal, listeners);
    signal.addEventListener("abort", listeners);
  }
  return listeners.add(listener, signal);
}

const signals = new WeakMap<AbortSignal, AbortListeners>();

interface Listener extends Linked<Listener> {
  readonly listener: () => void;
}

class AbortListeners {
  private readonly all = new LinkedList<Listener>();

  add(listener: () => void, signal: AbortSignal): () => void {
    const entry: Listener = { listener, _previous: null, _next: null };
    this.all.add(entry);
    return () => {
      if (!this.all.delete(entry) || this.all.first !== null || signals.get(signal) !== this) return;
      signals.delete(signal);
      signal.removeEventListener("abort", this);
    };
  }

  /** Called by the signal, once. An error of a listener does not keep the others from being called. */
  handleEvent(event: Event): void {
    const signal = event.target as AbortSignal;
    signals.delete(signal);
    signal.removeEventListener("abort", this);
    for (const entry of this.all.toArray()) {
      try {
        if (this.all.delete(entry)) entry.listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
