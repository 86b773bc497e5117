/** asyncio.create_subprocess_exec and asyncio.create_subprocess_shell. */

import type { OptionNames } from "../base/checks.ts";
import { ValueError } from "../base/errors.ts";
import { getRunningLoop } from "../host/loops.ts";
import { thenable } from "../kernel/coroutines.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { checkMarked, type ExecArguments, type Marked, splitArguments, startSubprocess } from "./loopSubprocess.ts";
import { Process } from "./process.ts";
import {
  type Command,
  checkedOptions,
  INHERIT,
  type PIPE,
  SUBPROCESS_OPTIONS,
  type SubprocessOptions,
} from "./spawn.ts";
import { DEFAULT_LIMIT, type StreamReader } from "./streamReader.ts";
import type { StreamWriter } from "./streamWriter.ts";
import { SubprocessStreamProtocol } from "./subprocessStreams.ts";

/** The options of `createSubprocessExec` and `createSubprocessShell`. */
export interface ProcessOptions extends SubprocessOptions {
  /** In bytes: of the readers `stdout` and `stderr`. 64 KiB without it. */
  limit?: number;
}

const OPTIONS: OptionNames<ProcessOptions> = { ...SUBPROCESS_OPTIONS, limit: true };

/** What a pipe is: there if the options say `PIPE`, null if they do not. */
type PipeOf<O, K extends string, S> = K extends keyof O
  ? O[K] extends typeof PIPE
    ? S
    : typeof PIPE extends O[K]
      ? S | null
      : null
  : null;

/** The process that the options describe: TypeScript knows which of the pipes are there. */
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
 * Without options all three are `INHERIT`, those of this process. Options behind the arguments must name one of `PIPE`,
 * `DEVNULL`, `STDOUT` and `INHERIT`: no data can contain these, so that `...JSON.parse(text)` among the arguments never
 * becomes options. A child that runs when the loop is closed is killed. `asyncio.create_subprocess_exec`.
 *
 * @throws FileNotFoundError or PermissionError for a program that cannot be started.
 * @throws ValueError for options that asyncio refuses: `text`, `shell`, `bufsize`.
 * @throws TypeError for an argument that is no string, and for an option that does not exist.
 */
export const createSubprocessExec: {
  (program: string | URL, ...args: string[]): CoroutineObject<ProcessWith<object>>;
  <const O extends ProcessOptions>(
    program: string | URL,
    ...args: [...args: string[], options: O & Marked<O>]
  ): CoroutineObject<ProcessWith<O>>;
} = /* @__PURE__ */ thenable(function* createSubprocessExec(
  program: string | URL,
  ...args: ExecArguments<ProcessOptions>
): Coroutine<Process<never, never, never>> {
  const [list, given] = splitArguments(args);
  const options = checkedOptions("createSubprocessExec", given, OPTIONS, { shell: false, stdio: INHERIT });
  checkLimit(options);
  checkMarked("createSubprocessExec", given);
  return yield* create({ program, args: list }, options);
});

/**
 * The same for a line of the shell, `/bin/sh`: quote what you put into it. `asyncio.create_subprocess_shell`.
 *
 * @throws ValueError if `cmd` is no string, too.
 */
export const createSubprocessShell: <const O extends ProcessOptions = object>(
  cmd: string,
  options?: O,
) => CoroutineObject<ProcessWith<O>> = /* @__PURE__ */ thenable(function* createSubprocessShell(
  cmd: string,
  options: ProcessOptions = {},
): Coroutine<Process<never, never, never>> {
  const own = checkedOptions("createSubprocessShell", options, OPTIONS, { shell: true, stdio: INHERIT });
  return yield* create({ line: cmd }, own);
});

function* create(command: Command, options: ProcessOptions): Coroutine<Process<never, never, never>> {
  const { limit = DEFAULT_LIMIT } = options;
  checkLimit(options);
  const loop: EventLoop = getRunningLoop();
  const factory = (): SubprocessStreamProtocol => new SubprocessStreamProtocol(limit, loop);
  const [transport, protocol] = yield* startSubprocess(factory, command, options);
  return new Process(transport, protocol, loop);
}

function checkLimit({ limit = DEFAULT_LIMIT }: ProcessOptions): void {
  if (!(limit > 0)) throw new ValueError("Limit cannot be <= 0");
}
