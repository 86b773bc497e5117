/** Starting a child process: Python's `subprocess.Popen`, over `node:child_process`. */

import { type ChildProcess, spawn as nodeSpawn, type SpawnOptions, type StdioOptions } from "node:child_process";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { describe } from "../kernel/describe.ts";
import { ValueError } from "../kernel/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter } from "../kernel/waiter.ts";
import { osError } from "./osErrors.ts";
import { socketPair } from "./socketPair.ts";

/** A new pipe between the child and this process. `subprocess.PIPE`. */
export const PIPE: -1 = -1;
/** For `stderr`: wherever `stdout` goes. `subprocess.STDOUT`. */
export const STDOUT: -2 = -2;
/** Nothing to read, and what is written is dropped. `subprocess.DEVNULL`. */
export const DEVNULL: -3 = -3;

/** `PIPE`, `DEVNULL`, a file descriptor, or what has one; null: what this process has. */
export type Stdio = number | { readonly fd: number } | null;

/** The keyword arguments of `create_subprocess_exec`. */
export interface SubprocessOptions {
  stdin?: Stdio;
  stdout?: Stdio;
  /** `STDOUT` too. */
  stderr?: Stdio;
  /** The working directory. */
  cwd?: string | URL | null;
  /** All variables of the child's environment; without it, those of this process. */
  env?: Readonly<Record<string, string | undefined>> | null;
  /** The file to execute instead of `program`, which is then only the child's name of itself; or of the shell. */
  executable?: string | URL | null;
  /** In a session and process group of its own. Such a child goes on when the loop closes; others are killed then. */
  startNewSession?: boolean;
  /** The numeric ids to run under. */
  user?: number | null;
  group?: number | null;
}

/** A program with its arguments, or a line for the shell. */
export type Command = { readonly program: string | URL; readonly args: readonly string[] } | { readonly line: string };

/** A child that runs. */
export interface Spawned {
  readonly child: ChildProcess;
  /** This end of the pipe that is both stdout and stderr. */
  readonly merged: Socket | null;
}

const OPTIONS = new Set(["stdin", "stdout", "stderr", "cwd", "env", "executable", "startNewSession", "user", "group"]);
/** What Python's Popen has, and asyncio refuses: the only value that is accepted. */
const REFUSED: Readonly<Record<string, readonly [accepted: unknown, text: string]>> = {
  universalNewlines: [false, "universalNewlines must be false"],
  text: [false, "text must be false"],
  bufsize: [0, "bufsize must be 0"],
  encoding: [null, "encoding must be null"],
  errors: [null, "errors must be null"],
};

/** Throws `TypeError` for what is no option, `ValueError` for one that only works without asyncio. */
export function checkOptions(options: SubprocessOptions, shell: boolean): void {
  for (const [name, value] of Object.entries(options)) {
    if (OPTIONS.has(name) || value === undefined) continue;
    const refused = REFUSED[name];
    if (refused !== undefined) {
      if (value !== refused[0] && value !== null) throw new ValueError(`${refused[1]}: pipes carry bytes here`);
    } else if (name === "shell") {
      if (value !== shell) throw new ValueError(`shell must be ${shell}`);
    } else throw new TypeError(`unexpected option ${describe(name)} for a subprocess`);
  }
}

/** Throws the error of the system as an `OSError`: `FileNotFoundError`, `PermissionError`. Cancelled, leaves nothing. */
export function* spawn(loop: EventLoop, command: Command, options: SubprocessOptions): Coroutine<Spawned> {
  loop._host.refuse?.("a subprocess");
  const stdin = stdioOf(options.stdin, "stdin", 0);
  const stdout = stdioOf(options.stdout, "stdout", 1);
  const stderr = options.stderr === STDOUT ? stdout : stdioOf(options.stderr, "stderr", 2);
  if (options.stderr !== STDOUT || stdout !== "pipe") {
    return { child: yield* start(loop, command, options, [stdin, stdout, stderr]), merged: null };
  }
  // Node makes a pipe for each; both into one, in the order of writing, needs a pair of our own.
  const [ours, theirs] = yield* socketPair(loop);
  try {
    return { child: yield* start(loop, command, options, [stdin, theirs, theirs]), merged: ours };
  } catch (error) {
    ours.destroy();
    throw error;
  } finally {
    theirs.destroy();
  }
}

type NodeStdio = "pipe" | "ignore" | number;

function stdioOf(value: Stdio | undefined, name: string, inherited: number): NodeStdio {
  if (value === undefined || value === null) return inherited;
  if (value === PIPE) return "pipe";
  if (value === DEVNULL) return "ignore";
  if (value === STDOUT) throw new ValueError("STDOUT can only be used for stderr");
  const fd = typeof value === "object" ? value.fd : value;
  if (typeof fd !== "number") {
    throw new TypeError(
      `${name} is PIPE, DEVNULL, a file descriptor, an object with one, or null; got ${describe(value)}`,
    );
  }
  if (!Number.isInteger(fd) || fd < 0) throw new ValueError(`${name} has the invalid file descriptor ${fd}`);
  return fd;
}

function* start(
  loop: EventLoop,
  command: Command,
  options: SubprocessOptions,
  stdio: StdioOptions,
): Coroutine<ChildProcess> {
  const { cwd, env, user, group, startNewSession = false } = options;
  const executable = options.executable == null ? null : pathOf(options.executable, "executable");
  const settings: SpawnOptions = {
    stdio,
    detached: startNewSession,
    windowsHide: true,
    ...(cwd == null ? {} : { cwd: pathOf(cwd, "cwd") }),
    ...(env == null ? {} : { env: { ...env } }),
    ...(user == null ? {} : { uid: user }),
    ...(group == null ? {} : { gid: group }),
  };
  let file: string;
  let args: string[] = [];
  if ("line" in command) {
    file = checkText(command.line, "cmd");
    settings.shell = executable ?? true;
  } else {
    file = pathOf(command.program, "program");
    args = command.args.map((arg, i) => checkText(arg, `argument ${i + 1}`));
    if (executable !== null) settings.argv0 = file;
    file = executable ?? file;
  }
  let child: ChildProcess;
  try {
    child = nodeSpawn(file, args, settings);
  } catch (error) {
    throw spawnError(error as NodeJS.ErrnoException, file, settings);
  }
  if (child.pid === undefined) throw spawnError(yield* whyNot(loop, child), file, settings);
  // Later ones are those of child.kill(), which is not called.
  child.on("error", () => {});
  return child;
}

/** The error of a child that could not be started: told in a turn of its own. */
function* whyNot(loop: EventLoop, child: ChildProcess): Coroutine<NodeJS.ErrnoException> {
  const told = createWaiter<NodeJS.ErrnoException>(loop, { describeWait: () => "the start of a process" });
  child.on("error", (error) => void (told.done() || told.setResult(error)));
  try {
    return yield* told;
  } finally {
    for (const stream of child.stdio ?? []) stream?.destroy();
  }
}

function spawnError(error: NodeJS.ErrnoException, file: string, { cwd }: SpawnOptions): Error {
  if (error.syscall === undefined) return error; // an argument of the wrong type
  // The system says the same of a program that is missing and of a directory that is.
  const missing = error.code === "ENOENT" && cwd !== undefined && !existsSync(cwd) ? String(cwd) : file;
  return osError(error, missing);
}

function pathOf(path: string | URL, name: string): string {
  return checkText(path instanceof URL ? fileURLToPath(path) : path, name);
}

function checkText(text: unknown, name: string): string {
  if (typeof text !== "string") throw new TypeError(`${name} must be a string, got ${describe(text)}`);
  if (text.includes("\0")) throw new ValueError(`${name} has a null byte in it`);
  return text;
}
