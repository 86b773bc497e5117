/** loop.subprocess_exec and loop.subprocess_shell. */

import { describe } from "../base/describe.ts";
import { getRunningLoop } from "../host/loops.ts";
import { thenable } from "../kernel/coroutines.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { Deferred } from "./deferred.ts";
import { checkFactory, makeProtocol } from "./protocolFactory.ts";
import {
  areMarked,
  type Command,
  checkedOptions,
  type Mark,
  PIPE,
  SUBPROCESS_OPTIONS,
  type SubprocessOptions,
  spawn,
} from "./spawn.ts";
import type { SubprocessProtocol, SubprocessTransport } from "./subprocessProtocol.ts";
import { ChildTransport } from "./subprocessTransport.ts";

export type ProtocolFactory<P> = () => P;
/** The arguments of a program, and behind them the options. */
export type ExecArguments<O> = readonly string[] | readonly [...args: string[], options: O];
/** Options that say of one of the pipes at least, by a mark, where it goes: only such are told from data. */
export type Marked<O> = [Extract<O[keyof O & ("stdin" | "stdout" | "stderr")], Mark>] extends [never]
  ? { readonly stdout: Mark }
  : unknown;

/**
 * Starts `program` with the arguments, and returns its transport and the protocol that the factory has made. The pipes
 * are `PIPE` unless the options say otherwise. Options behind the arguments must name one of `PIPE`, `DEVNULL`,
 * `STDOUT` and `INHERIT`. Cancelled, it has killed the child.
 *
 * `loop.subprocess_exec`.
 *
 * @throws FileNotFoundError or PermissionError for a program that cannot be started.
 * @throws ValueError for options that asyncio refuses: `text`, `shell`, `bufsize`.
 * @throws TypeError for an argument that is no string, and for an option that does not exist.
 */
export const subprocessExec: {
  <P extends SubprocessProtocol>(
    protocolFactory: ProtocolFactory<P>,
    program: string | URL,
    ...args: string[]
  ): CoroutineObject<[SubprocessTransport, P]>;
  <P extends SubprocessProtocol, const O extends SubprocessOptions>(
    protocolFactory: ProtocolFactory<P>,
    program: string | URL,
    ...args: [...args: string[], options: O & Marked<O>]
  ): CoroutineObject<[SubprocessTransport, P]>;
} = /* @__PURE__ */ thenable(function* subprocessExec<P extends SubprocessProtocol>(
  protocolFactory: ProtocolFactory<P>,
  program: string | URL,
  ...args: ExecArguments<SubprocessOptions>
): Coroutine<[SubprocessTransport, P]> {
  checkFactory(protocolFactory, "subprocessExec");
  const [list, given] = splitArguments(args);
  const options = checkedOptions("subprocessExec", given, SUBPROCESS_OPTIONS, { shell: false, stdio: PIPE });
  checkMarked("subprocessExec", given);
  return yield* startSubprocess(protocolFactory, { program, args: list }, options);
});

/**
 * The same for a line of the shell, `/bin/sh`: quote what you put into it. `loop.subprocess_shell`.
 *
 * @throws ValueError if `cmd` is no string, too.
 */
export const subprocessShell = /* @__PURE__ */ thenable(function* subprocessShell<P extends SubprocessProtocol>(
  protocolFactory: ProtocolFactory<P>,
  cmd: string,
  options: SubprocessOptions = {},
): Coroutine<[SubprocessTransport, P]> {
  checkFactory(protocolFactory, "subprocessShell");
  const own = checkedOptions("subprocessShell", options, SUBPROCESS_OPTIONS, { shell: true, stdio: PIPE });
  return yield* startSubprocess(protocolFactory, { line: cmd }, own);
});

/** The options are null if there are none. */
export function splitArguments<O extends object>(args: ExecArguments<O>): [args: string[], options: O | null] {
  const list = [...args];
  const last = list.at(-1);
  const options = typeof last === "object" && last !== null && !Array.isArray(last) ? (list.pop() as O) : null;
  return [list as string[], options];
}

/** Arguments often are data, and an object at their end must not choose what is executed. */
export function checkMarked(caller: string, options: SubprocessOptions | null): void {
  if (options === null || areMarked(options)) return;
  throw new TypeError(
    `arguments of ${caller} must be strings, got ${describe(options)} at the end. If these are the options, say in them ` +
      "where stdin, stdout or stderr goes, by PIPE, DEVNULL, STDOUT or INHERIT: { stdout: INHERIT, … }",
  );
}

export function* startSubprocess<P extends SubprocessProtocol>(
  protocolFactory: ProtocolFactory<P>,
  command: Command,
  options: SubprocessOptions,
): Coroutine<[ChildTransport, P]> {
  const loop = getRunningLoop();
  const protocol = makeProtocol(protocolFactory);
  const spawned = yield* spawn(loop, command, options);
  const transport = new ChildTransport(loop, protocol, spawned, options.startNewSession === true);
  const connected = new Deferred(loop, "the start of a process");
  loop.callSoon(connected.resolve);
  let ready = false;
  try {
    yield* connected.future;
    ready = true;
    return [transport, protocol];
  } finally {
    if (!ready) {
      transport.close();
      yield* transport.wait();
    }
  }
}
