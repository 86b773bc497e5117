/** asyncio.subprocess.Process. */

import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { ValueError } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { gather } from "../tasks/gather.ts";
import { BrokenPipeError, ConnectionResetError } from "./osErrors.ts";
import type { Signal } from "./signalNames.ts";
import { checkBytes } from "./streamArguments.ts";
import { bufferOf, type StreamReader } from "./streamReader.ts";
import type { StreamWriter } from "./streamWriter.ts";
import type { SubprocessStreamProtocol } from "./subprocessStreams.ts";
import type { ChildTransport } from "./subprocessTransport.ts";

type Bytes<R> = R extends null ? null : Uint8Array;

/** A child process: `asyncio.subprocess.Process`. Made by `createSubprocessExec` and `createSubprocessShell`. */
export class Process<
  In extends StreamWriter | null = StreamWriter | null,
  Out extends StreamReader | null = StreamReader | null,
  Err extends StreamReader | null = StreamReader | null,
> {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Process);
  /** The other ends of the child's pipes; null for those that are no `PIPE`. */
  readonly stdin: In;
  readonly stdout: Out;
  readonly stderr: Err;
  readonly pid: number;
  private readonly transport: ChildTransport;
  private readonly loop: EventLoop;
  private communicated = false;

  /** @internal */
  constructor(transport: ChildTransport, protocol: SubprocessStreamProtocol, loop: EventLoop) {
    this.transport = transport;
    this.loop = loop;
    this.stdin = protocol.stdin as In;
    this.stdout = protocol.stdout as Out;
    this.stderr = protocol.stderr as Err;
    this.pid = transport.getPid();
  }

  /** Null while the child runs; its exit code; −N if signal N has killed it. */
  get returncode(): number | null {
    return this.transport.getReturncode();
  }

  /**
   * Waits until the child has ended, and returns its `returncode`. A child that writes more into a `PIPE` than it
   * holds, and that is not read, never ends: use `communicate()` for it. Cancelling the wait does not end the child.
   */
  wait(): CoroutineObject<number> {
    return this.transport.wait();
  }

  /**
   * Writes `input` to the child's stdin and closes it, reads all of its stdout and stderr meanwhile, and waits for its
   * end. Returns what was read: null for what is no `PIPE`. It does not matter if the child leaves input unread.
   *
   * Cancelled, it loses nothing: call it again, without input, to go on, or read from the streams. The child goes on
   * too. Throws `ValueError` for input when stdin is no `PIPE`, or when it was begun before.
   */
  communicate(input?: Uint8Array | null): CoroutineObject<[stdout: Bytes<Out>, stderr: Bytes<Err>]>;
  *communicate(input: Uint8Array | null = null): Coroutine<[stdout: Bytes<Out>, stderr: Bytes<Err>]> {
    this.checkInput(input);
    this.communicated = true;
    // At once: code that cancels must not have to guess whether it was sent.
    if (input !== null) this.stdin?.write(input);
    const read: [StreamReader, Uint8Array][] = [];
    try {
      const [, out, err] = yield* gather(
        this.endStdin(),
        this.readAll(1, this.stdout, read),
        this.readAll(2, this.stderr, read),
        { cancelOnError: true },
      );
      yield* this.wait();
      read.length = 0;
      return [out as Bytes<Out>, err as Bytes<Err>];
    } finally {
      for (const [stream, data] of read) bufferOf(stream).unshift(data);
    }
  }

  /** Throws `ProcessLookupError` if the child has ended, `ValueError` for an unknown signal. */
  sendSignal(signal: Signal): void {
    this.transport.sendSignal(signal);
  }

  /** Asks it to end: `SIGTERM`. Throws `ProcessLookupError` if it has. */
  terminate(): void {
    this.transport.terminate();
  }

  /** Ends it: `SIGKILL`. Throws `ProcessLookupError` if it has ended. */
  kill(): void {
    this.transport.kill();
  }

  /** For `asyncWith` and `await using`: a child that still runs is killed; its pipes are closed. Not in asyncio. */
  async [ASYNC_DISPOSE](): Promise<void> {
    this.transport.close();
    if (this.returncode === null) await this.loop.createTask(this.wait());
  }

  toString(): string {
    return `<Process ${this.pid}>`;
  }

  private checkInput(input: Uint8Array | null): void {
    if (input === null) return;
    checkBytes(input, "communicate");
    if (this.stdin === null) throw new ValueError("communicate() has input, but stdin is not PIPE");
    if (this.communicated) throw new ValueError("Cannot send input after starting communication");
  }

  private *endStdin(): Coroutine<void> {
    const stdin: StreamWriter | null = this.stdin;
    if (stdin === null) return;
    try {
      yield* stdin.drain();
    } catch (error) {
      if (!(error instanceof BrokenPipeError || error instanceof ConnectionResetError)) throw error;
    }
    stdin.close();
  }

  private *readAll(
    fd: 1 | 2,
    stream: StreamReader | null,
    read: [StreamReader, Uint8Array][],
  ): Coroutine<Uint8Array | null> {
    if (stream === null) return null;
    const data = yield* stream.read();
    read.push([stream, data]);
    this.transport.getPipeTransport(fd)?.close();
    return data;
  }
}
