/** A wire over a socket of ws. */

import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Flushed, Message, SharedMessage, Wire, WireListener } from "../wire.ts";

const TEXT = 1;
const BINARY = 2;

/** What ws answers the faults of a peer with. */
const CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
};

/** For the timers of ws: of more than they can wait for Node makes one millisecond. */
export function milliseconds(seconds: number): number {
  return Math.min(seconds * 1000, 2 ** 31 - 1);
}

/** `Sender.frame` of ws: the header and the payload of a frame. */
export type MakeFrame = (
  data: Uint8Array,
  options: { fin: boolean; rsv1: boolean; opcode: number; mask: boolean; readOnly: boolean },
) => Uint8Array[];

/** Of a server's side: frames that have been made are written to the socket as they are. */
export interface Direct {
  readonly socket: Duplex;
  readonly frame: MakeFrame;
}

export class WsWire implements Wire {
  private readonly ws: WebSocket;
  private readonly direct: Direct | null;

  constructor(ws: WebSocket, listener: WireListener, direct: Direct | null) {
    this.ws = ws;
    this.direct = direct;
    ws.on("message", (data, isBinary) => listener.received(messageOf(data as Buffer, isBinary)));
    ws.on("pong", (payload) => listener.ponged(payload));
    ws.on("error", (error) => listener.failed(error, codeOf(error)));
    ws.on("close", (code, reason) => listener.ended(code, reason.toString()));
  }

  isOpen(): boolean {
    return this.ws.readyState === 1;
  }

  get bufferedAmount(): number {
    return this.ws.bufferedAmount;
  }

  get subprotocol(): string {
    return this.ws.protocol;
  }

  send(message: Message, flushed: Flushed): void {
    if (flushed === null) this.ws.send(message);
    else this.ws.send(message, flushed);
  }

  sendShared(shared: SharedMessage, flushed: Flushed): void {
    const { direct } = this;
    if (direct === null) return this.send(shared.message, flushed);
    shared.frame ??= frameOf(shared.message, direct.frame);
    if (flushed === null) direct.socket.write(shared.frame);
    else direct.socket.write(shared.frame, flushed);
  }

  ping(payload: Uint8Array, flushed: Flushed): void {
    this.ws.ping(payload, undefined, flushed ?? undefined);
  }

  close(code: number, reason: string): void {
    this.ws.close(code, reason);
  }

  terminate(): void {
    this.ws.terminate();
  }

  pause(): void {
    this.ws.pause();
  }

  resume(): void {
    this.ws.resume();
  }
}

/**
 * Text as a string; bytes without the methods that Node's `Buffer` has of its own, so that a program is the same in
 * browsers.
 */
function messageOf(data: Buffer, isBinary: boolean): Message {
  return isBinary ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data.toString();
}

/** Unmasked and uncompressed, in one piece. */
function frameOf(message: Message, frame: MakeFrame): Uint8Array {
  const isText = typeof message === "string";
  const data = isText ? Buffer.from(message) : Buffer.from(message.buffer, message.byteOffset, message.length);
  const opcode = isText ? TEXT : BINARY;
  return Buffer.concat(frame(data, { fin: true, rsv1: false, opcode, mask: false, readOnly: true }));
}

function codeOf(error: Error): number | null {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string" || !code.startsWith("WS_ERR_")) return null;
  return CODES[code] ?? 1002;
}
