/** A host whose clock stands still while anything is ready, and else jumps to the next timer. */

import { checkOptions } from "../base/checks.ts";
import type { Host } from "../kernel/host.ts";
import { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";

/**
 * Virtual time, from 0. Never touches the platform: the loop runs inside `runUntilComplete`, whose promise is
 * settled when the call returns. When no timer is left and nothing is ready, that is a deadlock.
 */
export class VirtualHost implements Host {
  private time = 0;
  private stuck: () => void = () => {};
  private readonly write: (text: string, error?: unknown) => void;

  /** `report` receives uncaught errors; they go to the console without it. */
  constructor(options: { report?: (text: string, error?: unknown) => void } = {}) {
    checkOptions("VirtualHost", options, { report: true });
    this.write = options.report ?? reportToConsole;
  }

  now(): number {
    return this.time;
  }

  begin(_turn: () => void, stuck: () => void): void {
    this.stuck = stuck;
  }

  end(): void {}

  mayContinue(): boolean {
    return true;
  }

  /** Moves the time to `when`, in seconds: nothing is ready before. */
  rest(when: number | null): boolean {
    if (when === null || when === Infinity) {
      this.stuck();
      return false;
    }
    if (when > this.time) this.time = when;
    return true;
  }

  wake(): void {}

  report(text: string, error?: unknown): void {
    this.write(text, error);
  }
}

/** A new loop on virtual time. */
export function virtualLoop(): EventLoop {
  return new EventLoop({ host: new VirtualHost() });
}

/** Never throws: what calls it has something else to do. */
export function reportToConsole(text: string, error?: unknown): void {
  let shown: unknown[];
  try {
    if (error === undefined) shown = [text];
    else if (error instanceof Error) shown = [`${text}\n${kernel.diagnostics?.errorText(error) ?? error.stack}`];
    else shown = [`${text}\nexception:`, error];
  } catch {
    shown = [`${text}\nexception: one that cannot be read`]; // A getter or a proxy has thrown.
  }
  console.error(...shown);
}
