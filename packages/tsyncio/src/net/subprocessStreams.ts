/** asyncio's SubprocessStreamProtocol: a child whose pipes are streams. */

import type { EventLoop } from "../kernel/loop.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { StreamReader } from "./streamReader.ts";
import { StreamWriter } from "./streamWriter.ts";
import { type PipeNumber, SubprocessProtocol, type SubprocessTransport } from "./subprocessProtocol.ts";
import { FLOW, type FlowProtocol, WriterFlow } from "./writerFlow.ts";

const PIPE_END: WaitOwner = { describeWait: () => "the end of a pipe" };

export class SubprocessStreamProtocol extends SubprocessProtocol implements FlowProtocol {
  stdin: StreamWriter | null = null;
  stdout: StreamReader | null = null;
  stderr: StreamReader | null = null;
  private readonly loop: EventLoop;
  private readonly limit: number;
  readonly [FLOW]: WriterFlow;
  private transport: SubprocessTransport | null = null;
  private reading = 0;
  private exited = false;

  constructor(limit: number, loop: EventLoop) {
    super();
    this.loop = loop;
    this.limit = limit;
    this[FLOW] = new WriterFlow(loop, this, PIPE_END);
  }

  override connectionMade(transport: SubprocessTransport): void {
    this.transport = transport;
    this.stdout = this.reader(1);
    this.stderr = this.reader(2);
    const stdin = transport.getPipeTransport(0);
    if (stdin !== null) this.stdin = new StreamWriter(stdin, this, null, this.loop);
  }

  override pipeDataReceived(fd: PipeNumber, data: Uint8Array): void {
    this.readerOf(fd)?.feedData(data);
  }

  override pipeConnectionLost(fd: PipeNumber, error: Error | null): void {
    if (fd === 0) {
      this.stdin?.close();
      this[FLOW].connectionLost(error);
      return;
    }
    const reader = this.readerOf(fd);
    if (error === null) reader?.feedEof();
    else reader?.setException(error);
    this.reading--;
    this.closeAtEnd();
  }

  override processExited(): void {
    this.exited = true;
    this.closeAtEnd();
  }

  override pauseWriting(): void {
    this[FLOW].pauseWriting();
  }

  override resumeWriting(): void {
    this[FLOW].resumeWriting();
  }

  private reader(fd: 1 | 2): StreamReader | null {
    const transport = this.transport?.getPipeTransport(fd) ?? null;
    if (transport === null) return null;
    this.reading++;
    const reader = new StreamReader({ limit: this.limit, loop: this.loop });
    reader.setTransport(transport);
    return reader;
  }

  private readerOf(fd: PipeNumber): StreamReader | null {
    return fd === 1 ? this.stdout : this.stderr;
  }

  private closeAtEnd(): void {
    if (this.reading > 0 || !this.exited) return;
    this.transport?.close();
    this.transport = null;
  }
}
