/** What waits in the ready queue and in the timer heap. */

import { describeFunction } from "../base/describe.ts";
import { isExit } from "../base/errors.ts";
import { type Context, contextOf, type HasContext, type LazyContext } from "./context.ts";
import type { EventLoop } from "./loop.ts";
import type { Runnable } from "./queues/ready.ts";
import { IDLE, type Timer } from "./queues/timerLine.ts";
import { kernel } from "./state.ts";
import { keepSurroundings } from "./surroundings.ts";

/** What `loop.callSoon` and its kin call, with the arguments that stand behind it. */
// biome-ignore lint/suspicious/noExplicitAny: a callback is stored beside its own arguments
export type Callback = (...args: any[]) => unknown;

/** What `callSoon` returns: a callback that can still be cancelled. */
export class Handle implements Runnable, HasContext {
  /** @internal */ declare _callback: Callback | null;
  /** @internal */ declare _args: readonly unknown[];
  /** @internal */ declare _context: LazyContext;
  /** @internal */ declare _loop: EventLoop;
  /** @internal What `kernel.ambient` has captured; absent without it. */
  declare _ambient?: unknown;

  constructor(callback: Callback, args: readonly unknown[], loop: EventLoop, context: LazyContext) {
    this._callback = callback;
    this._args = args;
    this._context = context;
    this._loop = loop;
    if (kernel.ambient !== null) keepSurroundings(this);
  }

  /** The callback will not be called. Does nothing if it was already called or cancelled. */
  cancel(): void {
    this._callback = null;
    this._args = NO_ARGS;
  }

  cancelled(): boolean {
    return this._callback === null;
  }

  getContext(): Context {
    return contextOf(this);
  }

  /** @internal */
  _run(): void {
    if (this._ambient === undefined) this._call();
    else kernel.ambient?.run(this._ambient, this._call, this);
  }

  private _call(): void {
    const callback = this._callback;
    if (callback === null) return;
    kernel.context = this._context;
    try {
      callback(...this._args);
    } catch (error) {
      // a context object now, if the callback has set a variable: the handler runs in it
      this._context = kernel.context;
      if (isExit(error)) throw error;
      const message = `Exception in callback ${describeFunction(callback)}`;
      this._loop.callExceptionHandler({ message, exception: error, handle: this });
    }
  }

  toString(): string {
    const name = this.constructor.name;
    if (this._callback === null) return `<${name} cancelled>`;
    const when = (this as Partial<TimerHandle>)._when;
    return `<${name} ${when === undefined ? "" : `when=${when} `}${describeFunction(this._callback)}>`;
  }
}

export const NO_ARGS: readonly unknown[] = [];

/** What `callLater` and `callAt` return. `when()` is the deadline in seconds of the loop's clock. */
export class TimerHandle extends Handle implements Timer {
  /** @internal */ declare _when: number;
  /** @internal */ declare _timer: number;

  constructor(when: number, callback: Callback, args: readonly unknown[], loop: EventLoop, context: LazyContext) {
    super(callback, args, loop, context);
    this._when = when;
    this._timer = IDLE;
  }

  when(): number {
    return this._when;
  }

  override cancel(): void {
    if (this._callback === null) return;
    super.cancel();
    this._loop._timers.drop(this);
  }
}
