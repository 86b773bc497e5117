/** Two connections that are connected to each other, without a network: for tests. */

import { ownOptions } from "../base/checks.ts";
import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { callLater } from "../tasks/sleep.ts";
import { Channel } from "./channel.ts";
import { Connection } from "./connection.ts";
import { CONNECTION_OPTIONS, type ConnectionOptions, settingsOf } from "./options.ts";
import type { Flushed, Message, SharedMessage, Wire, WireListener } from "./wire.ts";

/**
 * In seconds. More than nothing, so that `explore` lets what comes by one connection be faster than what comes by
 * another.
 */
const LATENCY = 0.001;

/**
 * Two connections, each the peer of the other, in memory: what one sends the other receives a millisecond later. They
 * live in simulated time too, so that `explore` can run what a program does with its connections. The options are those
 * of both.
 */
export function connectionPair(options?: ConnectionOptions | null): [Connection, Connection] {
  const settings = settingsOf(ownOptions("connectionPair", options, CONNECTION_OPTIONS), true);
  const loop = currentLoop();
  const wires: PairWire[] = [];
  const [one, other] = [0, 1].map(() => {
    return new Channel(loop, settings, (listener) => {
      const wire = new PairWire(loop, listener, settings.subprotocols[0] ?? "");
      wires.push(wire);
      return wire;
    });
  }) as [Channel, Channel];
  const [wire, peer] = wires as [PairWire, PairWire];
  wire.peer = peer;
  peer.peer = wire;
  for (const channel of [one, other]) channel.opened();
  return [new Connection(one), new Connection(other)];
}

interface Frame {
  readonly size: number;
  readonly flushed: Flushed;
  arrive(wire: PairWire): void;
}

const ABNORMAL = 1006;

class PairWire implements Wire {
  peer!: PairWire;
  readonly subprotocol: string;
  readonly listener: WireListener;
  private readonly loop: EventLoop;
  private state: "open" | "closing" | "ended" = "open";
  /** What the peer has sent. */
  private readonly arriving: Frame[] = [];
  private paused = false;
  private scheduled = false;

  constructor(loop: EventLoop, listener: WireListener, subprotocol: string) {
    this.loop = loop;
    this.listener = listener;
    this.subprotocol = subprotocol;
  }

  isOpen(): boolean {
    return this.state === "open";
  }

  get bufferedAmount(): number {
    return this.peer.arriving.reduce((sum, { size }) => sum + size, 0);
  }

  send(message: Message, flushed: Flushed): void {
    const copy = typeof message === "string" ? message : new Uint8Array(message);
    this.put({ size: message.length, flushed, arrive: ({ listener }) => listener.received(copy) });
  }

  sendShared({ message }: SharedMessage, flushed: Flushed): void {
    this.send(message, flushed);
  }

  ping(payload: Uint8Array, flushed: Flushed): void {
    const pong: Frame = { size: 0, flushed: null, arrive: ({ listener }) => listener.ponged(payload) };
    this.put({ size: 0, flushed, arrive: (wire) => wire.put(pong) });
  }

  close(code: number, reason: string): void {
    if (this.state !== "open") return;
    this.state = "closing";
    this.put({ size: 0, flushed: null, arrive: (wire) => wire.closed(code, reason) });
  }

  terminate(): void {
    if (this.state === "ended") return;
    this.put({ size: 0, flushed: null, arrive: (wire) => wire.end(ABNORMAL, "") });
    this.end(ABNORMAL, "");
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.schedule();
  }

  private put(frame: Frame): void {
    this.peer.arriving.push(frame);
    this.peer.schedule();
  }

  /** A close frame has come: it is answered if it is the first. */
  private closed(code: number, reason: string): void {
    this.close(code, reason);
    this.end(code, reason);
  }

  private end(code: number, reason: string): void {
    if (this.state === "ended") return;
    this.state = "ended";
    this.listener.ended(code, reason);
  }

  private schedule(): void {
    if (this.scheduled || this.loop.isClosed()) return;
    this.scheduled = true;
    callLater(this.loop, LATENCY, this.deliver);
  }

  private readonly deliver = (): void => {
    this.scheduled = false;
    while (!this.paused && this.state !== "ended") {
      const frame = this.arriving.shift();
      if (frame === undefined) return;
      frame.arrive(this);
      frame.flushed?.();
    }
  };
}
