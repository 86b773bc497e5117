/** The host of Node, Bun and Deno: a process, besides the turns that browsers have too. */

import { kernel } from "../kernel/state.ts";
import { onStuck } from "./stuck.ts";
import { LONGEST, TurnHost } from "./turns.ts";

interface Platform {
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

/** Real time. What a process has and a browser lacks is left out where it is not there. */
export class PlatformHost extends TurnHost {
  private turnHere: () => void = () => {};
  private forget: (() => void) | null = null;
  private holds = 0;
  private holding: ReturnType<typeof setInterval> | null = null;

  override begin(turn: () => void, stuck: () => void): void {
    this.turnHere = turn;
    // Whoever wakes the loop, its tasks see the `AsyncLocalStorage` of the code that runs it.
    super.begin(platform.process?.getBuiltinModule?.("node:async_hooks")?.AsyncResource.bind(turn) ?? turn, stuck);
    this.forget = onStuck(() => this._running && !this._waking && this._timer === null && stuck());
    this.keepAlive();
  }

  override end(): void {
    super.end();
    this.forget?.();
    this.forget = null;
    this.keepAlive();
  }

  called(inside: boolean): boolean {
    if (this._waking || !this._running) return false; // a turn is on its way
    if (inside && kernel.ambient === null) {
      // To change the async context and back costs a request of a server 4 % of its time.
      this._beginTurn();
      this.turnHere();
    } else this._takeTurn();
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

  /** A timer that does nothing, while the loop runs and somebody holds the process. */
  private keepAlive(): void {
    const wanted = this._running && this.holds > 0;
    if (wanted === (this.holding !== null)) return;
    if (this.holding !== null) clearInterval(this.holding);
    this.holding = wanted ? setInterval(() => {}, LONGEST * 1000) : null;
  }
}
