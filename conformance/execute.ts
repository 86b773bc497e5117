/** Runs a program on tsyncio, as section 5 of README.md says, and returns its trace. Portable: it needs no Node. */

import { DeadlockError, EventLoop, eagerTaskFactory, Runner, VirtualHost } from "tsyncio";
import { type Form, PLAIN } from "./forms.ts";
import { language } from "./language.ts";
import { type Compiled, type HandlerContext, Machine, TooLong } from "./machine.ts";
import { operations } from "./operations.ts";
import type { Program, TraceEvent } from "./program.ts";
import { translate } from "./translate.ts";

export interface ExecuteOptions {
  /** How the program's coroutines are written. The trace is the same in all forms. Defaults to `PLAIN`. */
  form?: Form;
}

/** No program needs more turns of the loop. */
const MAX_TURNS = 20_000;

/** Ends programs whose loop would turn forever. */
class LimitedHost extends VirtualHost {
  private turns = 0;

  override mayContinue(): boolean {
    this.turns += 1;
    if (this.turns > MAX_TURNS) {
      throw new TooLong(`the program takes more than ${MAX_TURNS} turns of the loop`);
    }
    return super.mayContinue();
  }
}

/** A loop with a virtual clock whose default exception handler writes into the trace. */
class RecordingLoop extends EventLoop {
  private readonly machine: Machine;

  constructor(machine: Machine) {
    super({ host: new LimitedHost() });
    this.machine = machine;
  }

  override defaultExceptionHandler(context: HandlerContext): void {
    this.machine.handler(context);
  }
}

/** Translates and compiles the program, and hands its functions to the machine. */
export function load(machine: Machine, program: Program, form: Form): Compiled {
  const source = form.compile(translate(program, form.syntax));
  const compiled = source({ ...language(machine), ...form.language }, operations(machine)) as Compiled;
  machine.install(compiled, form);
  return compiled;
}

/** Runs the program and returns its trace. Rejects with BadProgram for what is not of the language. */
export async function execute(program: Program, options: ExecuteOptions = {}): Promise<TraceEvent[]> {
  const form = options.form ?? PLAIN;
  const machine = new Machine(program, form);
  const loop = new RecordingLoop(machine);
  machine.loop = loop;
  const compiled = load(machine, program, form);
  const runner = new Runner({ loopFactory: () => loop });
  runner.getLoop();
  if (program.eager) {
    loop.setTaskFactory(eagerTaskFactory);
  }
  try {
    compiled.initialise();
    if (await runMains(machine, runner, program.mains ?? ["main"])) {
      await close(machine, runner);
    }
    machine.final();
  } finally {
    machine.closed = true;
    loop.close();
  }
  return machine.trace;
}

/** False after a deadlock. */
async function runMains(machine: Machine, runner: Runner, mains: string[]): Promise<boolean> {
  for (const name of mains) {
    try {
      const result = await runner.run(machine.main(name));
      machine.event("outcome", "return", machine.show(result));
    } catch (error) {
      if (isDeadlock(machine, error)) {
        return false;
      }
      machine.event("outcome", "raise", machine.show(error));
    }
  }
  return true;
}

async function close(machine: Machine, runner: Runner): Promise<void> {
  try {
    await runner.close();
  } catch (error) {
    if (!isDeadlock(machine, error)) {
      machine.event("close", "raise", machine.show(error));
    }
  }
}

function isDeadlock(machine: Machine, error: unknown): boolean {
  if (error instanceof TooLong) {
    throw error;
  }
  if (error instanceof DeadlockError) {
    machine.event("deadlock");
    return true;
  }
  return false;
}
