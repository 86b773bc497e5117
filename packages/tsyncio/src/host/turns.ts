/** Real time, and the turns of the platform: what browsers, Node, Bun and Deno have in common. */

import type { Host } from "../kernel/host.ts";
import { reportToConsole } from "./virtual.ts";

/** How long, in seconds, a loop may keep the platform waiting; timers and sockets get their turn after it. */
const BUDGET = 0.002;
/** After this many callbacks the platform gets a turn: a microtask, so that promises that were resolved go on. */
const STEPS = 512;
/** Longer timeouts overflow the host's 32 bits. The loop just looks at its timers once a day. */
export const LONGEST = 86_400;

const SETTLED = Promise.resolve();

/**
 * All turns but the first are microtasks. Where nothing native could catch, V8 makes a message with a source position
 * for each `throw`; a microtask has something native around it, and a thrown error costs 0.2 µs there instead of 0.5.
 * And `then` is cheaper than `queueMicrotask`, for which Node makes an async resource.
 */
function inMicrotask(callback: () => void): () => void {
  return () => void SETTLED.then(callback);
}

/** A fresh turn is a `setImmediate` where there is one, else a message. */
export class TurnHost implements Host {
  /** @internal */ _running = false;
  /** @internal */ _waking = false;
  /** @internal */ _timer: unknown = null;
  private _turn: () => void = () => {};
  private _timerDue = 0;
  private _steps = 0;
  private _turnBegan = 0;

  now(): number {
    return performance.now() / 1000;
  }

  begin(turn: () => void, _stuck: () => void): void {
    this._running = true;
    this._turn = turn;
    this._beginTurn();
  }

  end(): void {
    this._running = false;
    this._clearTimer();
  }

  mayContinue(steps: number): boolean {
    this._steps += steps;
    if (this._steps < STEPS) return true;
    this._steps = 0;
    return false;
  }

  endTurn(): void {
    this._steps = STEPS;
  }

  rest(when: number | null): boolean {
    if (when === null) {
      this._clearTimer();
      return false;
    }
    const delay = when - this.now();
    if (delay <= 0) return true;
    if (this._timer !== null && this._timerDue === when) return false;
    this._clearTimer();
    this._timerDue = when;
    // The platform cuts milliseconds down: rounded up, the timer is due when it fires.
    this._timer = setTimeout(this._onTimer, Math.ceil(Math.min(delay, LONGEST) * 1000));
    return false;
  }

  /**
   * Within the budget a microtask is turn enough: a chain of promises then costs no turn of the platform each. When it
   * is used up, timers and sockets come first.
   */
  wake(): void {
    if (this._waking) return;
    this._waking = true;
    if (this.now() - this._turnBegan < BUDGET) void SETTLED.then(this._onWake);
    else freshTurn(this._onFreshTurn);
  }

  report(text: string, error?: unknown): void {
    reportToConsole(text, error);
  }

  /** @internal A turn of the platform's begins with the loop's. */
  _beginTurn(): void {
    this._steps = 0;
    this._turnBegan = this.now();
  }

  /** @internal */
  _takeTurn(): void {
    this._beginTurn();
    if (this._running) this._turn();
  }

  private readonly _onWake = (): void => {
    this._waking = false;
    if (this._running) this._turn();
  };

  private readonly _onFreshTurn = inMicrotask(() => {
    this._waking = false;
    this._takeTurn();
  });

  private readonly _onTimer = inMicrotask(() => {
    this._timer = null;
    this._takeTurn();
  });

  private _clearTimer(): void {
    if (this._timer !== null) clearTimeout(this._timer as number);
    this._timer = null;
  }
}

const freshTurn: (callback: () => void) => void =
  typeof setImmediate === "function" ? setImmediate.bind(globalThis) : messageTurn();

/** One channel for all loops; its messages come in order. */
function messageTurn(): (callback: () => void) => void {
  if (typeof MessageChannel === "undefined") return (callback) => setTimeout(callback);
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(null);
  };
}
