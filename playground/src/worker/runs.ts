/**
 * The `run` of the playground: it knows when all runs are over, and hands the program over where a race is to be found.
 */

import { type Coroutine, type Native, type RunnerOptions, run } from "tsyncio";
import type { Mode } from "../protocol.ts";

/** Makes the coroutine of one run. */
export type Main = () => Coroutine<unknown> | Native<unknown>;

export class Runs {
  private readonly mode: Mode;
  private readonly pending = new Set<Promise<unknown>>();
  private found: (main: Main) => void = () => {};
  private readonly whenFound = new Promise<Main>((resolve) => {
    this.found = resolve;
  });

  constructor(mode: Mode) {
    this.mode = mode;
  }

  /** In its place, for the program. */
  readonly run = (main: Parameters<typeof run>[0] | Main, options?: RunnerOptions): Promise<unknown> => {
    if (this.mode === "race" && typeof main === "function") {
      this.found(main as Main);
      return new Promise(() => {}); // the module stays where it is
    }
    const ended = run(main as Parameters<typeof run>[0], options);
    const settled = ended.then(
      () => {},
      () => {}, // an error is the program's
    );
    this.pending.add(settled);
    void settled.then(() => this.pending.delete(settled));
    return ended;
  };

  /** Waits until no run is left. */
  async ended(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  /**
   * What the module passes to `run`, at its top level.
   *
   * @throws Error if it has ended without that.
   */
  async main(evaluated: Promise<unknown>): Promise<Main> {
    const main = await Promise.race([this.whenFound, evaluated.then(() => null)]);
    if (main !== null) return main;
    throw new Error("finding a race needs a program that calls run(…) outside of its functions: await run(main());");
  }
}
