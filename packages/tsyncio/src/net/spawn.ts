/** Starting a child process: Python's `subprocess.Popen`, over `node:child_process`. */

import { type ChildProcess, spawn as nodeSpawn, type SpawnOptions, type StdioOptions } from "node:child_process";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type OptionNames, ownOptions, withoutPrototype } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { Deferred } from "./deferred.ts";
import { socketPair } from "./socketPair.ts";
import { describedError } from "./systemErrors.ts";

declare class StdioMark<Name extends string> {
  private readonly mark: Name;
}

/** A new pipe between the child and this process. `subprocess.PIPE`. */
export const PIPE: StdioMark<"PIPE"> = mark("PIPE");
/** For `stderr`: wherever `stdout` goes. `subprocess.STDOUT`. */
export const STDOUT: StdioMark<"STDOUT"> = mark("STDOUT");
/** Nothing to read, and what is written is dropped. `subprocess.DEVNULL`. */
export const DEVNULL: StdioMark<"DEVNULL"> = mark("DEVNULL");
/** What this process has: the same as null, which is Python's `None`. */
export const INHERIT: StdioMark<"INHERIT"> = mark("INHERIT");

/**
 * Symbols, since no data can carry them: that is how options behind separate arguments are told from data. Their type
 * is a class, since TypeScript widens a unique symbol in an object to `symbol`.
 */
function mark<Name extends string>(name: Name): StdioMark<Name> {
  return Symbol.for(`tsyncio.${name}`) as never;
}

/** */
export type Mark = typeof PIPE | typeof STDOUT | typeof DEVNULL | typeof INHERIT;

/** `PIPE`, `DEVNULL`, a file descriptor, or what has one; `INHERIT` or null: what this process has. */
export type Stdio = Mark | number | { readonly fd: number } | null;

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

/** */
export const SUBPROCESS_OPTIONS: OptionNames<SubprocessOptions> = {
  stdin: true,
  stdout: true,
  stderr: true,
  cwd: true,
  env: true,
  executable: true,
  startNewSession: true,
  user: true,
  group: true,
};
const PIPES = ["stdin", "stdout", "stderr"] as const;
/** What Python's Popen has, and asyncio refuses: the only value that is accepted. */
const REFUSED: readonly (readonly [name: string, accepted: unknown])[] = [
  ["universalNewlines", false],
  ["text", false],
  ["bufsize", 0],
  ["encoding", null],
  ["errors", null],
];

/**
 * A copy of the options, without those that asyncio accepts with one value only. `stdio` stands for the pipes of which
 * nothing is said. Throws `TypeError` for what is no option, `ValueError` for one that only works without asyncio.
 */
export function checkedOptions<O extends SubprocessOptions>(
  caller: string,
  options: O | null,
  names: OptionNames<O>,
  { shell, stdio }: { shell: boolean; stdio: Stdio },
): O {
  if (typeof options !== "object") return ownOptions(caller, options, names); // throws
  const given = { ...options } as O & Record<string, unknown>;
  for (const [name, accepted] of REFUSED) {
    if (!Object.hasOwn(given, name)) continue;
    const value = given[name];
    if (value !== undefined && value !== null && value !== accepted) {
      throw new ValueError(`${name} must be ${accepted}: pipes carry bytes here`);
    }
    delete given[name];
  }
  if (Object.hasOwn(given, "shell")) {
    if (given.shell !== undefined && given.shell !== shell) throw new ValueError(`shell must be ${shell}`);
    delete given.shell;
  }
  const own = ownOptions(caller, given, names);
  for (const name of PIPES) {
    if (own[name] === undefined) own[name] = stdio;
    stdioOf(own[name], name, 0);
  }
  checkId(own.user, "user");
  checkId(own.group, "group");
  checkEnvironment(own.env);
  const { startNewSession } = own;
  if (startNewSession !== undefined && typeof startNewSession !== "boolean") {
    throw new TypeError(`startNewSession must be true or false, got ${describe(startNewSession)}`);
  }
  return own;
}

function checkId(id: unknown, name: string): void {
  if (id === undefined || id === null) return;
  if (typeof id !== "number") throw new TypeError(`${name} must be the number of a ${name}, got ${describe(id)}`);
  if (!Number.isInteger(id) || id < 0) throw new ValueError(`${name} must be a whole number from 0 on, got ${id}`);
}

/** Node would make text of whatever is there. No message shows a value: it may be a secret. */
function checkEnvironment(env: unknown): void {
  if (env === undefined || env === null) return;
  if (typeof env !== "object" || Array.isArray(env)) {
    throw new TypeError(`env must be an object such as { PATH: "/bin" }, got ${describe(env)}`);
  }
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (typeof value !== "string") {
      const got = value === null ? "null" : `a value of type ${typeof value}`;
      throw new TypeError(`env[${JSON.stringify(name)}] must be a string, got ${got}`);
    }
    if (name.includes("=") || name.includes("\0") || value.includes("\0")) {
      const what = name.includes("=") ? 'has a "=" in its name' : "has a null byte in it";
      throw new ValueError(`env[${JSON.stringify(name)}] ${what}`);
    }
  }
}

/** True if the options cannot have come out of data, such as `JSON.parse`: no data has symbols in it. */
export function areMarked(options: SubprocessOptions): boolean {
  return PIPES.some((name) => Object.hasOwn(options, name) && typeof options[name] === "symbol");
}

/**
 * Throws the error of the system as an `OSError`: `FileNotFoundError`, `PermissionError`. Cancelled, leaves nothing.
 */
export function* spawn(loop: EventLoop, command: Command, options: SubprocessOptions): Coroutine<Spawned> {
  loop._host.refuse?.("a subprocess");
  const stdin = stdioOf(options.stdin, "stdin", 0) as NodeStdio;
  const stdout = stdioOf(options.stdout, "stdout", 1) as NodeStdio;
  const stderr = stdioOf(options.stderr, "stderr", 2);
  if (stderr !== STDOUT || stdout !== "pipe") {
    const stdio = [stdin, stdout, stderr === STDOUT ? stdout : (stderr as NodeStdio)];
    return { child: yield* start(loop, command, options, stdio), merged: null };
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

function stdioOf(value: Stdio | undefined, name: string, inherited: number): NodeStdio | typeof STDOUT {
  if (value === undefined || value === null || value === INHERIT) return inherited;
  if (value === PIPE) return "pipe";
  if (value === DEVNULL) return "ignore";
  if (value === STDOUT) {
    if (name === "stderr") return STDOUT;
    throw new ValueError("STDOUT can only be used for stderr");
  }
  const fd = typeof value === "object" ? descriptorOf(value as { readonly fd: unknown }) : value;
  if (typeof fd !== "number") {
    throw new TypeError(
      `${name} must be PIPE, DEVNULL, INHERIT, a file descriptor or an object with one, got ${describe(value)}`,
    );
  }
  if (!Number.isInteger(fd) || fd < 0) throw new ValueError(`${name} has the invalid file descriptor ${fd}`);
  return fd;
}

/** A `FileHandle` has it from its class. */
function descriptorOf(value: { readonly fd: unknown }): unknown {
  return Object.hasOwn(value, "fd") || Object.getPrototypeOf(value) !== Object.prototype ? value.fd : undefined;
}

function* start(
  loop: EventLoop,
  command: Command,
  options: SubprocessOptions,
  stdio: StdioOptions,
): Coroutine<ChildProcess> {
  const { cwd, env, user, group, startNewSession = false } = options;
  const executable = options.executable == null ? null : pathOf(options.executable, "executable");
  // Node passes to the child what the environment inherits too.
  const settings: SpawnOptions = withoutPrototype({
    stdio,
    detached: startNewSession,
    windowsHide: true,
    env: withoutPrototype(env ?? process.env) as NodeJS.ProcessEnv,
    ...(cwd == null ? {} : { cwd: pathOf(cwd, "cwd") }),
    ...(user == null ? {} : { uid: user }),
    ...(group == null ? {} : { gid: group }),
  });
  let file: string;
  let args: string[] = [];
  if ("line" in command) {
    if (typeof command.line !== "string") throw new ValueError(`cmd must be a string, got ${describe(command.line)}`);
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
  const failure = new Deferred<NodeJS.ErrnoException>(loop, "the start of a process");
  child.on("error", failure.resolve);
  try {
    return yield* failure.future;
  } finally {
    for (const stream of child.stdio ?? []) stream?.destroy();
  }
}

function spawnError(error: NodeJS.ErrnoException, file: string, { cwd }: SpawnOptions): Error {
  if (error.syscall === undefined) return error; // an argument of the wrong type
  // The system says the same of a program that is missing and of a directory that is.
  const missing = error.code === "ENOENT" && cwd !== undefined && !existsSync(cwd) ? String(cwd) : file;
  return describedError(error, missing);
}

function pathOf(path: string | URL, name: string): string {
  return checkText(path instanceof URL ? fileURLToPath(path) : path, name);
}

function checkText(text: unknown, name: string): string {
  if (typeof text !== "string") throw new TypeError(`${name} must be a string, got ${describe(text)}`);
  if (text.includes("\0")) throw new ValueError(`${name} has a null byte in it`);
  return text;
}
