#!/usr/bin/env node
/** The program `tsyncio`. */

import { UsageError } from "./errors.ts";
import { repl } from "./repl.ts";
import { RUN_HELP, runFile } from "./run.ts";
import { ownVersion } from "./transform.ts";

const USAGE = `usage: tsyncio [command] [...]

Without a command: a prompt with top-level await on a running loop, as \`python -m asyncio\`.

  run FILE [ARGUMENT...]   run a program whose modules are written in native syntax ("use tsyncio")

  --help                   this text; \`tsyncio COMMAND --help\` explains a command
  --version                the version of tsyncio`;

/** Each is given the arguments after its name. */
const COMMANDS: Record<string, { help: string; start(args: string[]): Promise<void> }> = {
  run: { help: RUN_HELP, start: runFile },
};

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined) return repl();
  if (name === "--help" || name === "-h" || name === "help") return console.log(USAGE);
  if (name === "--version" || name === "-v") return console.log(ownVersion());
  if (!Object.hasOwn(COMMANDS, name)) throw new UsageError(`there is no command ${JSON.stringify(name)}\n\n${USAGE}`);
  const command = COMMANDS[name] as (typeof COMMANDS)[string];
  if (args[0] === "--help" || args[0] === "-h") return console.log(command.help);
  await command.start(args);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`tsyncio: ${error.message}`);
  process.exitCode = 2;
}
