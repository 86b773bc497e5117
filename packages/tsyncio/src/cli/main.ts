#!/usr/bin/env node
/** The program `tsyncio`. */

import { printable } from "../inspect/printable.ts";
import { isEnding } from "./ending.ts";
import { TargetError, UsageError } from "./errors.ts";
import { DUMP_HELP, dump, PS_HELP, ps, TREE_HELP, tree, WHY_HELP, why } from "./looking.ts";
import { RECORD_HELP, record } from "./record.ts";
import { RUN_HELP, runFile } from "./run.ts";
import { TOP_HELP, top } from "./top.ts";
import { ownVersion } from "./transform.ts";
import { startWorker } from "./worker.ts";

const USAGE = `usage: tsyncio [command] [...]

Without a command: a prompt with top-level await on a running loop, like \`python -m asyncio\`.

  run FILE [ARGUMENT...]   run a program whose modules are written in native syntax ("use tsyncio")
  worker FILE... --queue Q run the jobs of a ClusterExecutor (tsyncio-cluster)

Inspect a running process by its process ID, or a file that dump or record has written:

  ps PID|FILE              list its tasks: state, what each waits for, and where
  tree PID|FILE            draw its tasks as a tree: which awaits which, locks and their holders, cycles
  why PID|FILE [TASK]      explain why a task waits
  dump PID -o FILE         write all of that to a file
  top PID                  show what it does now, refreshed continuously
  record PID -o FILE       record what happens in it for some seconds

  --help                   show this text; \`tsyncio COMMAND --help\` explains a command
  --version                show the version of tsyncio`;

/** Each is given the arguments after its name. */
const COMMANDS: Record<string, { help: string | null; start(args: string[]): Promise<void> }> = {
  run: { help: RUN_HELP, start: runFile },
  ps: { help: PS_HELP, start: ps },
  tree: { help: TREE_HELP, start: tree },
  why: { help: WHY_HELP, start: why },
  dump: { help: DUMP_HELP, start: dump },
  top: { help: TOP_HELP, start: top },
  record: { help: RECORD_HELP, start: record },
  // Its package has its help.
  worker: { help: null, start: startWorker },
};

async function main([name, ...args]: string[]): Promise<void> {
  // Loaded only here: a process of `run` is then none that runs tsyncio, and `tree` says that its child does.
  if (name === undefined) return (await import("./repl.ts")).repl();
  if (name === "--help" || name === "-h" || name === "help") return console.log(USAGE);
  if (name === "--version" || name === "-v") return console.log(ownVersion());
  if (!Object.hasOwn(COMMANDS, name)) throw new UsageError(`there is no command ${JSON.stringify(name)}\n\n${USAGE}`);
  const command = COMMANDS[name] as (typeof COMMANDS)[string];
  const asksForHelp = (name === "run" ? args.slice(0, 1) : args).some((arg) => arg === "--help" || arg === "-h");
  if (command.help !== null && asksForHelp) return console.log(command.help);
  await command.start(args);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!isEnding()) report(error); // else it is of what was closed
}

function report(error: unknown): void {
  if (!(error instanceof UsageError || error instanceof TargetError)) throw error;
  // What a process has answered may be in it.
  console.error(`tsyncio: ${error.message.split("\n").map(printable).join("\n")}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
