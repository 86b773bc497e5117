/** asyncio.create_subprocess_exec and asyncio.create_subprocess_shell. */

import { getRunningLoop } from "../host/loops.ts";
import { ValueError } from "../kernel/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { type ExecArguments, splitArguments, startSubprocess } from "./loopSubprocess.ts";
import { Process } from "./process.ts";
import type { Command, PIPE, SubprocessOptions } from "./spawn.ts";
import { DEFAULT_LIMIT, type StreamReader } from "./streamReader.ts";
import type { StreamWriter } from "./streamWriter.ts";
import { SubprocessStreamProtocol } from "./subprocessStreams.ts";

export interface ProcessOptions extends SubprocessOptions {
  /** In bytes: of the readers `stdout` and `stderr`. 64 KiB without it. */
  limit?: number;
}

/** What a pipe is: there if the options say `PIPE`, null if they do not. */
type PipeOf<O, K extends string, S> = K extends keyof O
  ? O[K] extends typeof PIPE
    ? S
    : typeof PIPE extends O[K]
      ? S | null
      : null
  : null;

/** The process that the options give: TypeScript knows which of the pipes are there. */
export type ProcessWith<O> = Process<
  PipeOf<O, "stdin", StreamWriter>,
  PipeOf<O, "stdout", StreamReader>,
  PipeOf<O, "stderr", StreamReader>
>;

/**
 * Starts `program` with the arguments; no shell sees them. The pipes are `PIPE`, `DEVNULL`, a file descriptor, or those
 * of this process:
 *
 *     const proc = yield* createSubprocessExec("git", "log", "-1", { stdout: PIPE });
 *     const [log] = yield* proc.communicate();
 *
 * Throws `FileNotFoundError` or `PermissionError` for a program that cannot be started, `ValueError` for options that
 * asyncio refuses: `text`, `shell`, `bufsize`. A child that runs when the loop is closed is killed.
 * `asyncio.create_subprocess_exec`.
 */
export function createSubprocessExec(program: string | URL, ...args: string[]): Coroutine<ProcessWith<object>>;
export function createSubprocessExec<const O extends ProcessOptions>(
  program: string | URL,
  ...args: [...args: string[], options: O]
): Coroutine<ProcessWith<O>>;
export function createSubprocessExec(
  program: string | URL,
  ...args: ExecArguments<ProcessOptions>
): Coroutine<Process<never, never, never>> {
  const [list, options] = splitArguments(args);
  return create({ program, args: list }, options);
}

/** The same for a line of the shell, `/bin/sh`: quote what you put into it. `asyncio.create_subprocess_shell`. */
export function createSubprocessShell<const O extends ProcessOptions = object>(
  cmd: string,
  options?: O,
): Coroutine<ProcessWith<O>> {
  return create({ line: cmd }, options ?? {});
}

function* create(command: Command, options: ProcessOptions): Coroutine<Process<never, never, never>> {
  const { limit = DEFAULT_LIMIT, ...rest } = options;
  const loop: EventLoop = getRunningLoop();
  if (!(limit > 0)) throw new ValueError("Limit cannot be <= 0");
  const [transport, protocol] = yield* startSubprocess(() => new SubprocessStreamProtocol(limit, loop), command, rest);
  return new Process(transport, protocol, loop);
}
