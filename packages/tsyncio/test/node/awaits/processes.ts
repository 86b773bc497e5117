/** The awaits of subprocesses and pipes. */

import { PassThrough } from "node:stream";
import type { Coroutine } from "tsyncio";
import {
  connectReadPipe,
  connectWritePipe,
  createSubprocessExec,
  createSubprocessShell,
  openStderr,
  openStdin,
  openStdout,
  PIPE,
  type Process,
  type StdinReader,
  type StreamWriter,
  SubprocessProtocol,
  type SubprocessTransport,
  subprocessExec,
  subprocessShell,
} from "tsyncio/net";
import { Notes } from "../net/support.ts";
import type { Awaits, Every } from "./every.ts";
import { FULL } from "./places.ts";

function* end(proc: Process | undefined): Coroutine<void> {
  if (proc === undefined) return;
  if (proc.returncode === null) proc.kill();
  yield* proc.communicate();
}

const all = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;

const starting = (start: () => Coroutine<unknown>) =>
  function* (every: Every) {
    yield* every("ends", function* () {
      return { wait: start(), after: (proc) => end(proc as Process | undefined) };
    });
  };

class Exit extends SubprocessProtocol {}
const transport = (start: () => Coroutine<[SubprocessTransport, Exit]>) =>
  function* (every: Every) {
    yield* every("ends", function* () {
      return { wait: start(), after: (made) => (made as [SubprocessTransport] | undefined)?.[0].close() };
    });
  };

/** A child that says nothing, reads nothing, and does not end. */
const sleeping = (wait: (proc: Process<StreamWriter>) => Coroutine<unknown> | Iterable<never>) =>
  function* (every: Every) {
    yield* every("endless", function* () {
      const proc = yield* createSubprocessExec("sleep", "60", all);
      return { wait: wait(proc) as Coroutine<unknown>, after: () => end(proc) };
    });
  };

void process.stdin; // Node makes it when it is asked for, and keeps it

/** The process's own streams, and any of Node's. */
const opening = (open: () => Coroutine<unknown>) =>
  function* (every: Every) {
    yield* every("ends", function* () {
      return {
        wait: open(),
        after: (made) => ((Array.isArray(made) ? made[0] : made) as StdinReader | undefined)?.close(),
      };
    });
  };

export const processes: Awaits = {
  createSubprocessExec: starting(() => createSubprocessExec("sleep", "60", all)),
  createSubprocessShell: starting(() => createSubprocessShell("exec sleep 60")),
  subprocessExec: transport(() => subprocessExec(() => new Exit(), "sleep", "60", all)),
  subprocessShell: transport(() => subprocessShell(() => new Exit(), "exec sleep 60", all)),
  "Process.wait": sleeping((proc) => proc.wait()),
  "Process.communicate": sleeping((proc) => proc.communicate(new Uint8Array(2 ** 20))),
  "StreamReader.read of a child": sleeping((proc) => proc.stdout?.read(1) as never),
  "StreamWriter.drain to a child": sleeping(({ stdin }) => {
    stdin.write(FULL);
    return stdin.drain();
  }),
  "StreamWriter.waitClosed of a child's stdin": sleeping(({ stdin }) => {
    stdin.write(FULL);
    stdin.close();
    return stdin.waitClosed();
  }),
  connectReadPipe: opening(() => connectReadPipe(() => new Notes(), new PassThrough())),
  connectWritePipe: opening(() => connectWritePipe(() => new Notes(), new PassThrough())),
  openStdin: opening(() => openStdin()),
  openStdout: opening(() => openStdout()),
  openStderr: opening(() => openStderr()),
};
