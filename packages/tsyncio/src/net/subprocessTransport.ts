/** The transport of a child process. */

import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { snapshot } from "../kernel/context.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import { Handle, NO_ARGS } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { Latch } from "../sync/latch.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { ProcessLookupError } from "./osErrors.ts";
import { BaseProtocol, Protocol, type ReadTransport, type WriteTransport } from "./protocols.ts";
import { onReaderGone } from "./readerGone.ts";
import { ReadPipeTransport } from "./readPipe.ts";
import { type Signal, signalNumber } from "./signalNames.ts";
import type { Spawned } from "./spawn.ts";
import { type PipeNumber, type SubprocessProtocol, SubprocessTransport } from "./subprocessProtocol.ts";
import { codeOf, describedError } from "./systemErrors.ts";
import { WritePipeTransport } from "./writePipe.ts";

type Pipe = ReadPipeTransport | WritePipeTransport;

/** asyncio's `BaseSubprocessTransport`. */
export class ChildTransport extends SubprocessTransport implements WaitOwner, Leftover {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(ChildTransport);
  private readonly loop: EventLoop;
  private readonly child: ChildProcess;
  private readonly pid: number;
  private readonly detached: boolean;
  private protocol: SubprocessProtocol;
  private readonly pipes = new Map<PipeNumber, Pipe>();
  private connected = 0;
  private returncode: number | null = null;
  /** The protocol knows that the child has ended. */
  private told = false;
  private closed = false;
  private finished = false;
  /** `connectionLost` was called. */
  private lost = false;
  private readonly ended: Latch<number>;

  constructor(loop: EventLoop, protocol: SubprocessProtocol, { child, merged }: Spawned, detached: boolean) {
    super();
    this.loop = loop;
    this.ended = new Latch(loop, this);
    this.child = child;
    this.pid = child.pid as number;
    this.detached = detached;
    this.protocol = protocol;
    leftoversOf(loop).add(this);
    const exited = new Handle(() => this.exited(), NO_ARGS, loop, snapshot());
    child.on("exit", (code, signal) => {
      this.returncode = code ?? -(constants.signals[signal as NodeJS.Signals] ?? 0);
      loop._enqueue(exited);
    });
    if (child.stdin) this.write(child.stdin);
    this.read(1, merged ?? child.stdout);
    this.read(2, child.stderr);
    this.connected = this.pipes.size;
    loop.callSoon(() => this.protocol.connectionMade(this));
  }

  /** `subprocess`: Node's `ChildProcess`. */
  getExtraInfo<T = unknown>(name: string, fallback: T = null as T): T {
    return name === "subprocess" ? (this.child as T) : fallback;
  }

  setProtocol(protocol: SubprocessProtocol): void {
    this.protocol = protocol;
  }

  getProtocol(): SubprocessProtocol {
    return this.protocol;
  }

  getPid(): number {
    return this.pid;
  }

  getReturncode(): number | null {
    return this.returncode;
  }

  getPipeTransport(fd: 0): WriteTransport | null;
  getPipeTransport(fd: 1 | 2): ReadTransport | null;
  getPipeTransport(fd: PipeNumber): never {
    return (this.pipes.get(fd) ?? null) as never;
  }

  sendSignal(signal: Signal): void {
    const number = signalNumber(signal);
    if (this.lost) throw new ProcessLookupError(`${this} has ended`, { code: "ESRCH" });
    if (this.returncode !== null) return;
    try {
      process.kill(this.pid, number);
    } catch (error) {
      // ESRCH: it has ended, and the protocol has not been told yet.
      if (codeOf(error) !== "ESRCH") throw describedError(error as Error);
    }
  }

  terminate(): void {
    this.sendSignal("SIGTERM");
  }

  kill(): void {
    this.sendSignal("SIGKILL");
  }

  isClosing(): boolean {
    return this.closed;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const pipe of this.pipes.values()) pipe.close();
    this.killIfAlive();
  }

  /** Waits for the end of the child, whatever may still hold its pipes. Any number of tasks may wait. */
  wait(): CoroutineObject<number>;
  *wait(): Coroutine<number> {
    if (this.returncode !== null) return this.returncode;
    return yield* this.ended.wait();
  }

  /** @internal Its pipes close themselves. */
  _loopClosed(): void {
    if (this.loop.getDebug() && !this.closed && this.returncode === null) {
      this.loop._report(`unclosed transport ${this}: the loop was closed while the process was running`);
    }
    this.closed = true;
    if (!this.detached) this.killIfAlive();
    this.child.unref();
  }

  describeWait(): string {
    return `the end of process ${this.pid}`;
  }

  override toString(): string {
    const state = this.returncode === null ? "running" : `returncode=${this.returncode}`;
    return `<SubprocessTransport ${this.closed ? "closed " : ""}pid=${this.pid} ${state}>`;
  }

  /** From the protocol of a pipe. */
  pipeConnectionLost(fd: PipeNumber, error: Error | null): void {
    this.connected--;
    try {
      this.protocol.pipeConnectionLost(fd, error);
    } finally {
      this.tryFinish();
    }
  }

  private write(stdin: Writable): void {
    const pipe = new WritePipeTransport(this.loop, stdin, new WriteEnd(this, 0));
    this.pipes.set(0, pipe);
    onReaderGone(stdin, () => pipe.readerGone());
  }

  private read(fd: 1 | 2, stream: Readable | null): void {
    if (stream) this.pipes.set(fd, new ReadPipeTransport(this.loop, stream, new ReadEnd(this, fd)));
  }

  private killIfAlive(): void {
    if (this.returncode !== null) return;
    try {
      this.kill();
    } catch {
      // It may run as another user now.
    }
  }

  private exited(): void {
    this.told = true;
    try {
      this.protocol.processExited();
    } finally {
      this.tryFinish();
      this.ended.open(this.returncode as number);
    }
  }

  private tryFinish(): void {
    if (this.finished || !this.told || this.connected > 0) return;
    this.finished = true;
    leftoversOf(this.loop).delete(this);
    this.loop.callSoon(() => {
      this.lost = true;
      this.protocol.connectionLost(null);
    });
  }
}

/** The protocol of the child's stdin. */
class WriteEnd extends BaseProtocol {
  private readonly owner: ChildTransport;
  private readonly fd: PipeNumber;

  constructor(owner: ChildTransport, fd: PipeNumber) {
    super();
    this.owner = owner;
    this.fd = fd;
  }

  override connectionLost(error: Error | null): void {
    this.owner.pipeConnectionLost(this.fd, error);
  }

  override pauseWriting(): void {
    this.owner.getProtocol().pauseWriting();
  }

  override resumeWriting(): void {
    this.owner.getProtocol().resumeWriting();
  }
}

/** The protocol of its stdout or stderr. */
class ReadEnd extends Protocol {
  private readonly owner: ChildTransport;
  private readonly fd: 1 | 2;

  constructor(owner: ChildTransport, fd: 1 | 2) {
    super();
    this.owner = owner;
    this.fd = fd;
  }

  override dataReceived(data: Uint8Array): void {
    this.owner.getProtocol().pipeDataReceived(this.fd, data);
  }

  override connectionLost(error: Error | null): void {
    this.owner.pipeConnectionLost(this.fd, error);
  }
}
