/** asyncio.SubprocessProtocol and asyncio.SubprocessTransport. */

import { BaseProtocol, BaseTransport, type ReadTransport, type WriteTransport } from "./protocols.ts";
import type { Signal } from "./signalNames.ts";

/** The number of a pipe of the child: 0 is its stdin, 1 its stdout, 2 its stderr. */
export type PipeNumber = 0 | 1 | 2;

/** For a child process: `asyncio.SubprocessProtocol`. The order of the three calls is not fixed. */
export class SubprocessProtocol extends BaseProtocol {
  override connectionMade(_transport: SubprocessTransport): void {}
  /** The child has written to its stdout or stderr. */
  pipeDataReceived(_fd: PipeNumber, _data: Uint8Array): void {}
  /** A pipe is closed; by an error if it is not null. */
  pipeConnectionLost(_fd: PipeNumber, _error: Error | null): void {}
  /** The child has ended: `transport.getReturncode()` says how. Its pipes may live on in a child of its own. */
  processExited(): void {}
}

/** A child process: `asyncio.SubprocessTransport`. */
export abstract class SubprocessTransport extends BaseTransport {
  abstract override setProtocol(protocol: SubprocessProtocol): void;
  abstract override getProtocol(): SubprocessProtocol;
  abstract getPid(): number;
  /** Null while the child runs; its exit code; the negative number of the signal that has killed it. */
  abstract getReturncode(): number | null;
  /** The transport of a pipe; null if that was not asked for. With `STDOUT`, pipe 1 has stderr too. */
  abstract getPipeTransport(fd: 0): WriteTransport | null;
  abstract getPipeTransport(fd: 1 | 2): ReadTransport | null;
  /** Throws `ProcessLookupError` if the child has ended, `ValueError` for an unknown signal. */
  abstract sendSignal(signal: Signal): void;
  /** `SIGTERM`. Throws `ProcessLookupError` if the child has ended. */
  abstract terminate(): void;
  /** `SIGKILL`. Throws `ProcessLookupError` if the child has ended. */
  abstract kill(): void;
  /** Closes the pipes, and kills the child if it still runs. */
  abstract override close(): void;
}
