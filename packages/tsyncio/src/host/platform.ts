/** The hosts of real time: Node, Bun and Deno by `setImmediate`, browsers by `MessageChannel`. */

import type { Host } from "../kernel/host.ts";
import { onStuck } from "./stuck.ts";
import { reportToConsole } from "./virtual.ts";

/** So long, in seconds, a loop may keep the platform waiting; timers and sockets get their turn after it. */
const BUDGET = 0.002;
/** After so many callbacks the platform gets a turn: a microtask, so that promises that were resolved go on. */
const STEPS = 512;
/** Longer timeouts overflow the host's 32 bits. The loop just looks at its timers once a day. */
const LONGEST = 86_400;

/** What the global object of all of them has, whatever else. */
interface Platform {
  performance: { now(): number };
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  setInterval(callback: () => void, ms: number): unknown;
  clearInterval(timer: unknown): void;
  setImmediate?(callback: () => void): unknown;
  MessageChannel?: new () => {
    port1: { onmessage: (() => void) | null; close(): void };
    port2: { postMessage(value: null): void };
  };
  process?: {
    on?(event: string, listener: () => void): unknown;
    off?(event: string, listener: () => void): unknown;
    removeAllListeners?(event: string): unknown;
    listenerCount?(event: string): number;
    kill?(pid: number, signal: string): void;
    pid?: number;
    getBuiltinModule?(name: string): { AsyncResource: { bind(fn: () => void): () => void } } | undefined;
  };
}

const platform = globalThis as unknown as Platform;

/**
 * All turns but the first are microtasks. Where nothing native could catch, V8 makes a message with a source position for
 * each `throw`; a microtask has something native around it, and a thrown error costs 0.2 µs there instead of 0.5. And
 * `then` is cheaper than `queueMicrotask`, which Node gives an async resource.
 */
const SETTLED = Promise.resolve();

/** Real time. A fresh turn is a `setImmediate` where there is one, else a message. */
export class PlatformHost implements Host {
  private turn: () => void = () => {};
  private forget: (() => void) | null = null;
  private running = false;
  private waking = false;
  private timer: unknown = null;
  private timerDue = 0;
  private steps = 0;
  private turnBegan = Number.NEGATIVE_INFINITY;
  private holds = 0;
  private holding: unknown = null;

  now(): number {
    return platform.performance.now() / 1000;
  }

  begin(turn: () => void, stuck: () => void): void {
    this.running = true;
    // Whoever wakes the loop, its tasks see the `AsyncLocalStorage` of the code that runs it.
    this.turn = platform.process?.getBuiltinModule?.("node:async_hooks")?.AsyncResource.bind(turn) ?? turn;
    this.forget = onStuck(() => this.running && !this.waking && this.timer === null && stuck());
    this.keepAlive();
    this.beginTurn();
  }

  end(): void {
    this.running = false;
    this.forget?.();
    this.forget = null;
    this.clearTimer();
    this.keepAlive();
  }

  mayContinue(steps: number): boolean {
    this.steps += steps;
    if (this.steps < STEPS) return true;
    this.steps = 0;
    return false;
  }

  rest(when: number | null): boolean {
    if (when === null) {
      this.clearTimer();
      return false;
    }
    const delay = when - this.now();
    if (delay <= 0) return true;
    if (this.timer !== null && this.timerDue === when) return false;
    this.clearTimer();
    this.timerDue = when;
    // The platform cuts milliseconds down: rounded up, the timer is due when it fires.
    this.timer = platform.setTimeout(this.onTimer, Math.ceil(Math.min(delay, LONGEST) * 1000));
    return false;
  }

  /**
   * Within the budget a microtask is turn enough: a chain of promises then costs no turn of the platform each. When it
   * is used up, timers and sockets come first.
   */
  wake(): void {
    if (this.waking) return;
    this.waking = true;
    if (this.now() - this.turnBegan < BUDGET) void SETTLED.then(this.onMicrotask);
    else freshTurn(this.onWake);
  }

  called(): boolean {
    if (this.waking || !this.running) return false; // a turn is on its way
    this.beginTurn();
    this.turn();
    return true;
  }

  hold(): () => void {
    let held = true;
    this.holds++;
    this.keepAlive();
    return () => {
      if (!held) return;
      held = false;
      this.holds--;
      this.keepAlive();
    };
  }

  report(text: string, error?: unknown): void {
    reportToConsole(text, error);
  }

  /** Only where nobody else listens, as CPython's `Runner` does. */
  onInterrupt(interrupted: () => void): (() => void) | null {
    const { process } = platform;
    if (process?.on === undefined || process.off === undefined || process.listenerCount?.("SIGINT") !== 0) return null;
    process.on("SIGINT", interrupted);
    return () => process.off?.("SIGINT", interrupted);
  }

  kill(): void {
    const { process } = platform;
    process?.removeAllListeners?.("SIGINT");
    process?.kill?.(process.pid ?? 0, "SIGINT");
  }

  private readonly onMicrotask = (): void => {
    this.waking = false;
    if (this.running) this.turn();
  };

  private readonly onWake = (): void => {
    void SETTLED.then(this.onFreshTurn);
  };

  private readonly onFreshTurn = (): void => {
    this.waking = false;
    this.beginTurn();
    if (this.running) this.turn();
  };

  private readonly onTimer = (): void => {
    this.timer = null;
    void SETTLED.then(this.onTimerTurn);
  };

  private readonly onTimerTurn = (): void => {
    this.beginTurn();
    if (this.running) this.turn();
  };

  /** A timer that does nothing, while the loop runs and somebody holds the process. */
  private keepAlive(): void {
    const wanted = this.running && this.holds > 0;
    if (wanted === (this.holding !== null)) return;
    if (!wanted) platform.clearInterval(this.holding);
    this.holding = wanted ? platform.setInterval(() => {}, LONGEST * 1000) : null;
  }

  private beginTurn(): void {
    this.steps = 0;
    this.turnBegan = this.now();
  }

  private clearTimer(): void {
    if (this.timer !== null) platform.clearTimeout(this.timer);
    this.timer = null;
  }
}

const freshTurn: (callback: () => void) => void =
  platform.setImmediate !== undefined ? platform.setImmediate.bind(globalThis) : messageTurn();

/** One channel for all loops; its messages come in order. */
function messageTurn(): (callback: () => void) => void {
  const waiting: (() => void)[] = [];
  if (platform.MessageChannel === undefined) return (callback) => platform.setTimeout(callback, 0);
  const channel = new platform.MessageChannel();
  channel.port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    channel.port2.postMessage(null);
  };
}
