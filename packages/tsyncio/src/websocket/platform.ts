/** Clients over the platform's own WebSocket: in browsers, Bun and Deno. */

import { RuntimeError } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { callLater } from "../tasks/sleep.ts";
import type { Channel } from "./channel.ts";
import { InvalidHandshake } from "./errors.ts";
import { handshake, type Target } from "./handshake.ts";
import type { Flushed, Message, SharedMessage, Wire, WireListener } from "./wire.ts";

/** In seconds: how often a buffer is looked at that is full. The platform has no event for it. */
const LOOK_AGAIN = 0.01;
const NORMAL = 1000;
const GOING_AWAY = 1001;
const ABNORMAL = 1006;

export function* connectByPlatform(loop: EventLoop, target: Target): Coroutine<Channel> {
  const Native = globalThis.WebSocket as typeof WebSocket | undefined;
  if (Native === undefined) throw new RuntimeError("this platform has no WebSocket");
  return yield* handshake(loop, target, (outcome) => {
    const socket = new Native(target.url, [...target.settings.subprotocols]);
    socket.binaryType = "arraybuffer";
    const fail = (): void => outcome.failed(new InvalidHandshake(`no WebSocket connection to ${target.place}`));
    socket.onopen = () => outcome.opened((listener) => new PlatformWire(loop, socket, listener));
    socket.onerror = socket.onclose = fail;
    return () => socket.close();
  });
}

class PlatformWire implements Wire {
  private readonly loop: EventLoop;
  private readonly socket: WebSocket;
  private readonly listener: WireListener;
  private looking: Flushed = null;

  constructor(loop: EventLoop, socket: WebSocket, listener: WireListener) {
    this.loop = loop;
    this.socket = socket;
    this.listener = listener;
    socket.onmessage = ({ data }) => listener.received(typeof data === "string" ? data : new Uint8Array(data));
    socket.onerror = () => listener.failed(new InvalidHandshake("the WebSocket has failed"), null);
    socket.onclose = ({ code, reason }) => listener.ended(code, reason);
  }

  isOpen(): boolean {
    return this.socket.readyState === 1;
  }

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  get subprotocol(): string {
    return this.socket.protocol;
  }

  send(message: Message, flushed: Flushed): void {
    this.socket.send(message as Exclude<Message, Uint8Array<SharedArrayBuffer>>);
    if (flushed === null || this.looking !== null) return;
    this.looking = flushed;
    this.lookLater();
  }

  sendShared({ message }: SharedMessage, flushed: Flushed): void {
    this.send(message, flushed);
  }

  /** Of the protocol's own codes a program may send 1000 only. */
  codeFor(code: number): number {
    if (code === GOING_AWAY) return NORMAL;
    return code === NORMAL || code >= 3000 ? code : code + 3000;
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  /** The platform goes on closing by itself, in its own time. */
  terminate(): void {
    const { socket } = this;
    socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close();
    this.listener.ended(ABNORMAL, "");
  }

  private lookLater(): void {
    if (this.loop.isClosed()) return;
    callLater(this.loop, LOOK_AGAIN, () => {
      const flushed = this.looking;
      this.looking = null;
      if (flushed === null || !this.isOpen()) return;
      if (this.bufferedAmount > 0) {
        this.looking = flushed;
        this.lookLater();
      }
      flushed();
    });
  }
}
