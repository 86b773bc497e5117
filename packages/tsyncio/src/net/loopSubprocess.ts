/** loop.subprocess_exec and loop.subprocess_shell. */

import { getRunningLoop } from "../host/loops.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter } from "../kernel/waiter.ts";
import { type Command, checkOptions, type SubprocessOptions, spawn } from "./spawn.ts";
import type { SubprocessProtocol, SubprocessTransport } from "./subprocessProtocol.ts";
import { ChildTransport } from "./subprocessTransport.ts";

export type ProtocolFactory<P> = () => P;
/** The arguments of a program, and behind them the options. */
export type ExecArguments<O> = readonly string[] | readonly [...args: string[], options: O];

const STARTED = { describeWait: () => "the start of a process" };

/**
 * Starts `program` with the arguments, and gives its transport and the protocol that the factory has made. Cancelled, it
 * has killed the child. Throws `FileNotFoundError` or `PermissionError` for a program that cannot be started,
 * `ValueError` for options that asyncio refuses: `text`, `shell`, `bufsize`. `loop.subprocess_exec`.
 */
export function subprocessExec<P extends SubprocessProtocol>(
  protocolFactory: ProtocolFactory<P>,
  program: string | URL,
  ...args: ExecArguments<SubprocessOptions>
): Coroutine<[SubprocessTransport, P]> {
  const [list, options] = splitArguments(args);
  return startSubprocess(protocolFactory, { program, args: list }, options);
}

/** The same for a line of the shell, `/bin/sh`: quote what you put into it. `loop.subprocess_shell`. */
export function subprocessShell<P extends SubprocessProtocol>(
  protocolFactory: ProtocolFactory<P>,
  cmd: string,
  options: SubprocessOptions = {},
): Coroutine<[SubprocessTransport, P]> {
  return startSubprocess(protocolFactory, { line: cmd }, options);
}

export function splitArguments<O extends object>(args: ExecArguments<O>): [args: string[], options: Partial<O>] {
  const list = [...args];
  const last = list.at(-1);
  const options = typeof last === "object" && last !== null ? (list.pop() as O) : {};
  return [list as string[], options];
}

export function* startSubprocess<P extends SubprocessProtocol>(
  protocolFactory: ProtocolFactory<P>,
  command: Command,
  options: SubprocessOptions,
): Coroutine<[ChildTransport, P]> {
  checkOptions(options, "line" in command);
  const loop = getRunningLoop();
  const protocol = protocolFactory();
  const spawned = yield* spawn(loop, command, options);
  const transport = new ChildTransport(loop, protocol, spawned, options.startNewSession === true);
  const connected = createWaiter<void>(loop, STARTED);
  loop.callSoon(() => void (connected.done() || connected.setResult()));
  let ready = false;
  try {
    yield* connected;
    ready = true;
    return [transport, protocol];
  } finally {
    if (!ready) {
      transport.close();
      yield* transport._wait();
    }
  }
}
