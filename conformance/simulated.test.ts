/** The simulated loop of tsyncio/testing runs the same programs, up to the end of main, in CPython's order. */

import { getRunningLoop } from "tsyncio";
import { type Main, simulate } from "tsyncio/testing";
import { expect, test } from "vitest";
import { CASES } from "./differences.ts";
import { load } from "./execute.ts";
import { DEFAULT_FILES, readCases } from "./files.ts";
import { PLAIN } from "./forms.ts";
import { type HandlerContext, Machine } from "./machine.ts";
import type { Program, TraceEvent } from "./program.ts";

/** The main of a program that has one, as a coroutine function of its own machine. */
function mainOf(program: Program, started: (machine: Machine) => void): Main<unknown> {
  return function* () {
    const machine = new Machine(program, PLAIN);
    const loop = getRunningLoop();
    machine.loop = loop;
    loop.defaultExceptionHandler = (context) => machine.handler(context as HandlerContext);
    const compiled = load(machine, program, PLAIN);
    started(machine);
    compiled.initialise();
    return yield* machine.main((program.mains ?? ["main"])[0] as string);
  };
}

function simulated(program: Program): TraceEvent[] {
  let trace: TraceEvent[] = [];
  try {
    simulate(mainOf(program, (machine) => (trace = machine.trace)));
  } catch {
    // How main ends is in the trace.
  }
  return trace;
}

/** Without what comes after the end of main. */
function untilEnd(trace: readonly TraceEvent[]): readonly TraceEvent[] {
  const end = trace.findIndex(([, , kind]) => kind === "outcome" || kind === "deadlock");
  return end < 0 ? trace : trace.slice(0, end);
}

for (const file of DEFAULT_FILES) {
  test(`simulate returns CPython's trace: ${file.split("/").at(-1)}`, () => {
    const cases = readCases(file).filter(
      ({ id, program }) => !program.eager && (program.mains ?? ["main"]).length === 1 && !(id in CASES),
    );
    expect(cases.length).toBeGreaterThan(100);
    const different = cases.filter(({ program, trace }) => {
      const expected = untilEnd(trace);
      return JSON.stringify(simulated(program).slice(0, expected.length)) !== JSON.stringify(expected);
    });
    expect(different.map(({ id }) => id)).toEqual([]);
  });
}
