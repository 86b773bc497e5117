/** What an entry of the collection is. */

import type { Coroutine } from "tsyncio";

export interface Bug {
  /** A name for the command line: the project and the number of its issue, where there is one. */
  readonly name: string;
  /** Where the bug is described. */
  readonly source: string;
  /** What goes wrong, in one or two sentences. */
  readonly story: string;
  /** The kind of failure that shows it. */
  readonly finds: "error" | "deadlock" | "lost exception" | "leaked task" | "swallowed cancellation";
  buggy(): Coroutine<unknown>;
  fixed(): Coroutine<unknown>;
}

/** One program is both: `fixed` says whether it does what the repair does. */
export function bug(about: Omit<Bug, "buggy" | "fixed">, program: (fixed: boolean) => Coroutine<unknown>): Bug {
  return { ...about, buggy: () => program(false), fixed: () => program(true) };
}
