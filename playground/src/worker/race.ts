/** Runs a program in many orders, until one fails; then shows that one. */

import { type Exploration, explore, replay } from "tsyncio/testing";
import { STEPS_LIMIT, type Step } from "../protocol.ts";
import type { Tell } from "./main.ts";
import { cut, type Printer } from "./printer.ts";
import type { Main } from "./runs.ts";
import type { TaskWatcher } from "./taskWatcher.ts";

/** How long to search, in milliseconds. */
const SEARCH = 4000;

interface Around {
  readonly tell: Tell;
  readonly printer: Printer;
  readonly watcher: TaskWatcher;
}

export function findRace(main: Main, { tell, printer, watcher }: Around): void {
  printer.muted = true;
  const found = explore(main, {
    seed: 1,
    timeMs: SEARCH,
    throws: false,
    onProgress: (progress) => tell({ type: "progress", ...progress }),
  });
  const { failure } = found;
  if (failure !== null) show(main, failure.token, { tell, printer, watcher });
  tell({ type: "race", found: failure !== null, report: cut(String(found)), steps: stepsOf(found) });
}

/** What it prints, and what its tasks do, in the order that fails. */
function show(main: Main, token: string, { printer, watcher }: Around): void {
  let runs = 0;
  const shown: Main = () => {
    // A failing run is played once more, for its report.
    if (++runs === 1) {
      printer.muted = false;
      watcher.watch();
    } else if (runs === 2) {
      printer.muted = true;
      watcher.stop();
    }
    return main();
  };
  try {
    replay(shown, token);
  } catch {
    // The report is known.
  }
  printer.muted = false;
}

function stepsOf({ failure }: Exploration): Step[] {
  let leftOut = 0;
  const steps: Step[] = [];
  for (const step of failure?.steps ?? []) {
    if (step === null) leftOut = 1;
    else {
      steps.push({
        seconds: step.seconds,
        task: cut(step.task),
        what: cut(step.what),
        deviates: step.deviates,
        leftOut,
      });
      leftOut = 0;
    }
  }
  return steps.slice(0, STEPS_LIMIT);
}
