/** The host of Node, Bun and Deno: a process, besides the turns that browsers have too. */

import type { Interruptible } from "../kernel/host.ts";
import { kernel } from "../kernel/state.ts";
import { enterRun } from "./interrupts.ts";
import { nodeStores } from "./nodeStores.ts";
import { onStuck } from "./stuck.ts";
import { LONGEST, TurnHost } from "./turns.ts";

interface Platform {
  process?: {
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
    super.begin(this.inContext(turn), stuck);
    this.forget = onStuck(() => this._running && !this._waking && this._timer === null && stuck());
    this.keepAlive();
  }

  /** Whichever code wakes the loop, its tasks see the `AsyncLocalStorage` of the code that runs it. */
  protected inContext(turn: () => void): () => void {
    return platform.process?.getBuiltinModule?.("node:async_hooks")?.AsyncResource.bind(turn) ?? turn;
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

  protected isBusy(): boolean {
    return this._running;
  }

  enterRun(run: Interruptible, signals: readonly string[] | null): () => void {
    return enterRun(run, signals);
  }

  /** A timer that does nothing, while the loop runs and something holds the process. */
  protected keepAlive(): void {
    const wanted = this.holds > 0 && this.isBusy();
    if (wanted === (this.holding !== null)) return;
    if (this.holding !== null) clearInterval(this.holding);
    this.holding = wanted ? setInterval(() => {}, LONGEST * 1000) : null;
  }
}

/**
 * The host of the loop of native code. Belongs to no caller, so it keeps no caller's `AsyncLocalStorage`; the tasks do.
 * Without a task it holds nothing.
 */
class NativeHost extends PlatformHost {
  private readonly hasTasks: () => boolean;

  constructor(hasTasks: () => boolean) {
    super();
    this.hasTasks = hasTasks;
  }

  protected override inContext(turn: () => void): () => void {
    return turn;
  }

  protected override isBusy(): boolean {
    return super.isBusy() && this.hasTasks();
  }

  override rest(when: number | null): boolean {
    this.keepAlive();
    return super.rest(when);
  }
}

/** Called by the entry points, but for that of production bundles, which run in browsers. */
export function installPlatform(): void {
  kernel.makeAmbient ??= nodeStores;
  kernel.makeHost ??= (hasTasks) => (hasTasks === undefined ? new PlatformHost() : new NativeHost(hasTasks));
}
