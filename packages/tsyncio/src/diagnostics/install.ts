/** Fills the place that the kernel has for the diagnostics. */

import type { Diagnostics } from "../kernel/diagnostics.ts";
import { addInstrument, removeInstrument } from "../kernel/instrument.ts";
import { kernel } from "../kernel/state.ts";
import { deadlockError } from "./deadlock.ts";
import { checkSwallowed, noteCancellation, noteInterrupt, noteSource, reportSwallowed, sourceOf } from "./debugMode.ts";
import { errorText } from "./errorText.ts";
import { lookAtThread } from "./look.ts";
import { reportIfUnused } from "./neverAwaited.ts";
import { appendOuterStack } from "./outerStack.ts";
import { reportText } from "./reportText.ts";
import { runWatched } from "./slow.ts";
import { printStackOf, stackOf } from "./taskStack.ts";

const DIAGNOSTICS: Diagnostics = {
  addInstrument,
  appendOuterStack,
  checkSwallowed,
  deadlockError,
  errorText,
  lookAtThread,
  noteCancellation,
  noteInterrupt,
  noteSource,
  printStackOf,
  removeInstrument,
  reportIfUnused,
  reportSwallowed,
  reportText,
  runWatched,
  sourceOf,
  stackOf,
};

/** Called by the entry points, but for that of production bundles. Copies of the package share the first one's. */
export function installDiagnostics(): void {
  kernel.diagnostics ??= DIAGNOSTICS;
}
