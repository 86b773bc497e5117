/** What the tests of WebSockets over real sockets share. */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect as connectSocket, type Socket } from "node:net";
import { type Coroutine, type ExceptionContext, fromPromise } from "tsyncio";
import { type AcceptOptions, acceptWebSockets, type Handler, type WebSocketServer } from "tsyncio/websocket";

/** Listens on a free port of the loopback. */
export function* listening(server: Server): Coroutine<number> {
  server.listen(0, "127.0.0.1");
  yield* fromPromise(once(server, "listening"));
  return (server.address() as AddressInfo).port;
}

export interface Place {
  readonly http: Server;
  readonly port: number;
  readonly url: string;
  readonly sockets: WebSocketServer;
}

/** A server for the time of the body; then all of its connections have to be gone. */
export function* serving<T>(
  handler: Handler,
  body: (place: Place) => Coroutine<T>,
  options: AcceptOptions = {},
): Coroutine<T> {
  const http = createServer((_request, response) => response.end("plain HTTP\n"));
  const port = yield* listening(http);
  let sockets: WebSocketServer | null = null;
  try {
    sockets = yield* acceptWebSockets(http, handler, options);
    return yield* body({ http, port, url: `ws://127.0.0.1:${port}/`, sockets });
  } finally {
    if (sockets !== null) yield* sockets.shutdown();
    const closed = once(http, "close");
    http.close();
    http.closeAllConnections();
    yield* fromPromise(closed);
  }
}

export const textsOf = (reports: readonly ExceptionContext[]): string[] =>
  reports.map(({ message, exception }) => `${message}: ${exception}`);

const encoder = new TextEncoder();

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly masked?: boolean;
}

/** A frame as a client sends it, or as it must not. */
export function frame(
  opcode: number,
  payload: string | Uint8Array,
  { fin = true, rsv = 0, masked = true }: FrameOptions = {},
): Uint8Array {
  const data = typeof payload === "string" ? encoder.encode(payload) : payload;
  const header = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const mask = masked ? 0x80 : 0;
  if (data.length < 126) header.push(mask | data.length);
  else if (data.length < 65_536) header.push(mask | 126, data.length >> 8, data.length & 255);
  else {
    const length = new DataView(new ArrayBuffer(8));
    length.setBigUint64(0, BigInt(data.length));
    header.push(mask | 127, ...new Uint8Array(length.buffer));
  }
  const key = [1, 2, 3, 4];
  if (masked) header.push(...key);
  const body = masked ? Uint8Array.from(data, (byte, i) => byte ^ (key[i % 4] as number)) : data;
  return Buffer.concat([Uint8Array.from(header), body]);
}

export const closeFrame = (code: number, options?: FrameOptions): Uint8Array =>
  frame(OPCODES.close, Uint8Array.of(code >> 8, code & 255), options);

/** A client made of a socket of node:net: what it sends is up to the test. */
export class RawClient {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  ended = false;

  constructor(port: number) {
    this.socket = connectSocket(port, "127.0.0.1");
    this.socket.on("data", (data: Buffer) => {
      this.received = Buffer.concat([this.received, data]);
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.ended = true;
    });
  }

  /** Sends the request, and waits for the head of the answer, which it returns. */
  *open(headers: Record<string, string | null> = {}, path = "/"): Coroutine<string> {
    const all: Record<string, string | null> = {
      host: "localhost",
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
    this.socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    for (;;) {
      const end = this.received.indexOf("\r\n\r\n");
      if (end >= 0) {
        const head = this.received.subarray(0, end).toString();
        this.received = this.received.subarray(end + 4);
        return head;
      }
      if (this.ended) return "";
      yield* fromPromise(Promise.race([once(this.socket, "data"), once(this.socket, "close")]));
    }
  }

  send(...frames: Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** Waits for the end of the socket; returns the code of the close frame that has come, null for none. */
  *end(): Coroutine<number | null> {
    if (!this.ended) yield* fromPromise(once(this.socket, "close"));
    const index = this.received.findIndex((byte) => byte === (0x80 | OPCODES.close));
    return index < 0 ? null : this.received.readUInt16BE(index + 2);
  }
}

/** The status that a request with these headers is answered with. */
export function* statusOf(port: number, headers: Record<string, string | null>, path = "/"): Coroutine<number> {
  const client = new RawClient(port);
  const head = yield* client.open(headers, path);
  client.socket.destroy();
  return Number(head.split(" ")[1]);
}
