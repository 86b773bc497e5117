/** A transport over a socket of node:dgram. */

import type { RemoteInfo, Socket } from "node:dgram";
import { ValueError } from "../base/errors.ts";
import { type HasContext, type LazyContext, snapshot } from "../kernel/context.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { kernel } from "../kernel/state.ts";
import { addressOf } from "./extraInfo.ts";
import { FlowControl, report } from "./flowControl.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { type DatagramProtocol, DatagramTransport, type WriteBufferLimits } from "./protocols.ts";
import { checkBytes } from "./streamArguments.ts";
import { fromSystemError } from "./systemErrors.ts";

/** At most this many datagrams wait for the loop; what comes then is dropped, as the network itself drops. */
const MOST_WAITING = 4096;
/** What a datagram costs beside its bytes, as asyncio counts. */
const HEADER = 8;

type Arrived = { data: Uint8Array; from: RemoteInfo } | { error: Error };

export class DatagramSocketTransport extends DatagramTransport implements Runnable, HasContext, Leftover {
  private readonly loop: EventLoop;
  private readonly socket: Socket;
  /** @internal */ readonly _context: LazyContext;
  private readonly peer: readonly [host: string, port: number] | null;
  private readonly sockname: unknown;
  private protocol: DatagramProtocol;
  private readonly flow = new FlowControl();
  private size = 0;
  private waiter: Future<void> | null;
  private arrived: Arrived[] = [];
  private begun = false;
  private scheduled = false;
  private closing = false;
  /** Nothing is told any more but the end. */
  private aborted = false;
  private over = false;
  private lostTold = false;
  private error: Error | null = null;

  constructor(
    loop: EventLoop,
    socket: Socket,
    protocol: DatagramProtocol,
    peer: readonly [host: string, port: number] | null,
    waiter: Future<void>,
  ) {
    super();
    this.loop = loop;
    this.socket = socket;
    this._context = snapshot();
    this.protocol = protocol;
    this.peer = peer;
    this.sockname = addressOf(socket.address());
    this.waiter = waiter;
    socket.on("message", (data, from) => this.note({ data, from }));
    socket.on("error", (error) => this.note({ error: fromSystemError(error) }));
    socket.on("close", () => this.gone());
    leftoversOf(loop).add(this);
    this.schedule();
  }

  /** `sockname`, `peername` (`[host, port]`), `socket`. */
  getExtraInfo<T = unknown>(name: string, fallback?: T): T {
    const known: Record<string, unknown> = {
      sockname: this.sockname,
      peername: this.peer ?? undefined,
      socket: this.socket,
    };
    return (known[name] ?? fallback) as T;
  }

  setProtocol(protocol: DatagramProtocol): void {
    this.protocol = protocol;
  }

  getProtocol(): DatagramProtocol {
    return this.protocol;
  }

  isClosing(): boolean {
    return this.closing;
  }

  sendto(data: Uint8Array, address: readonly [host: string, port: number] | null = null): void {
    checkBytes(data, "sendto");
    const { peer } = this;
    if (peer !== null && address !== null && (address[0] !== peer[0] || address[1] !== peer[1])) {
      throw new ValueError(`Invalid address: must be null or ${peer[0]}:${peer[1]}`);
    }
    if (peer === null && address === null) throw new ValueError("sendto needs an address: there is no remoteAddr");
    if (this.closing) return;
    const size = data.length + HEADER;
    this.size += size;
    const sent = (error: Error | null): void => this.sent(size, error);
    try {
      if (peer !== null) this.socket.send(data, sent);
      else
        this.socket.send(
          data,
          (address as readonly [string, number])[1],
          (address as readonly [string, number])[0],
          sent,
        );
    } catch (error) {
      this.sent(size, error as Error);
    }
    if (this.size > this.flow.high) this.flow.pause(this.loop, this, this.protocol);
  }

  setWriteBufferLimits(limits: WriteBufferLimits = {}): void {
    this.flow.setLimits(limits);
    if (this.size > this.flow.high) this.flow.pause(this.loop, this, this.protocol);
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [this.flow.low, this.flow.high];
  }

  getWriteBufferSize(): number {
    return this.size;
  }

  close(): void {
    if (this.closing) return;
    this.closing = true;
    // An error is of something that was sent, and told before the end.
    this.arrived = this.arrived.filter((one) => "error" in one);
    if (this.size === 0) this.finish();
  }

  abort(): void {
    this.closing = this.aborted = true;
    this.arrived = [];
    this.finish();
  }

  override toString(): string {
    const state = this.lostTold ? "closed" : this.closing ? "closing" : "open";
    return `<${this.constructor.name} ${state} bufsize=${this.size}>`;
  }

  /** @internal */
  _loopClosed(): void {
    this.lostTold = true;
    if (!this.over) closeSocket(this.socket);
    this.over = this.closing = true;
  }

  /** @internal */
  _run(): void {
    this.scheduled = false;
    if (this.lostTold) return;
    kernel.context = this._context;
    if (!this.begun) this.begin();
    const { arrived } = this;
    this.arrived = [];
    for (const one of arrived) {
      if (this.aborted) break;
      if (!this.closing || "error" in one) this.deliver(one);
    }
    if (this.flow.paused && this.size <= this.flow.low) this.flow.resume(this.loop, this, this.protocol);
    if (this.over) this.tellLost();
  }

  private begin(): void {
    this.begun = true;
    try {
      this.protocol.connectionMade(this);
    } catch (error) {
      report(this.loop, "Exception in callback protocol.connectionMade()", error, this, this.protocol);
    }
    const { waiter } = this;
    this.waiter = null;
    if (waiter !== null && !waiter.done()) waiter.setResult();
  }

  private deliver(one: Arrived): void {
    try {
      if ("error" in one) this.protocol.errorReceived(one.error);
      else this.protocol.datagramReceived(one.data, [one.from.address, one.from.port]);
    } catch (error) {
      report(this.loop, "Fatal error: a method of the datagram protocol failed.", error, this, this.protocol);
      this.error = error as Error;
      this.abort();
    }
  }

  private note(one: Arrived): void {
    if (this.closing || this.arrived.length >= MOST_WAITING) return;
    this.arrived.push(one);
    this.schedule();
  }

  /** Each of them is told: the program itself has sent as many datagrams. */
  private noteUnsent(error: Error): void {
    if (this.aborted) return;
    this.arrived.push({ error: fromSystemError(error) });
    this.schedule();
  }

  private sent(size: number, error: Error | null): void {
    this.size -= size;
    if (error !== null) this.noteUnsent(error);
    if (this.size === 0 && this.closing) this.finish();
    if (this.flow.paused) this.schedule();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    // Node hands a datagram to the system in the next tick only, where asyncio does it in `sendto`.
    if (this.size === 0) closeSocket(this.socket);
    else process.nextTick(closeSocket, this.socket);
    this.schedule();
  }

  /** Other code has closed the socket. */
  private gone(): void {
    this.closing = this.over = true;
    this.schedule();
  }

  private tellLost(): void {
    this.lostTold = true;
    leftoversOf(this.loop).delete(this);
    try {
      this.protocol.connectionLost(this.error);
    } catch (error) {
      report(this.loop, "Exception in callback protocol.connectionLost()", error, this, this.protocol);
    }
  }

  private schedule(): void {
    if (this.scheduled || this.lostTold) return;
    this.scheduled = true;
    this.loop._enqueue(this);
  }
}

function closeSocket(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // Other code has closed it.
  }
}
