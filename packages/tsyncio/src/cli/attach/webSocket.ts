/** The client of a WebSocket, as far as Node's inspector needs one: Node 20 has none that is stable. Texts only. */

import { randomBytes } from "node:crypto";
import { get } from "node:http";
import type { Duplex } from "node:stream";

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export interface SocketEvents {
  message(text: string): void;
  /** Called once, however it ends. */
  closed(): void;
}

export class WebSocketClient {
  private readonly socket: Duplex;
  private readonly events: SocketEvents;
  private buffered: Buffer = Buffer.alloc(0);
  private parts: Buffer[] = [];

  private constructor(socket: Duplex, head: Buffer, events: SocketEvents) {
    this.socket = socket;
    this.events = events;
    socket.on("data", (data: Buffer) => this.receive(data));
    socket.on("error", () => {}); // "close" follows
    socket.once("close", () => events.closed());
    if (head.length > 0) this.receive(head);
  }

  /** Rejects if the server does not agree. */
  static connect(url: URL, events: SocketEvents): Promise<WebSocketClient> {
    return new Promise((resolve, reject) => {
      const request = get({
        host: url.hostname,
        port: url.port,
        path: url.pathname,
        headers: {
          Connection: "Upgrade",
          Upgrade: "websocket",
          "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
        },
      });
      request.on("upgrade", (_, socket, head) => resolve(new WebSocketClient(socket, head, events)));
      request.on("response", (response) => {
        response.resume();
        reject(new Error(`the inspector answered ${response.statusCode}`));
      });
      request.on("error", reject);
    });
  }

  send(text: string): void {
    this.write(TEXT, Buffer.from(text));
  }

  end(): void {
    if (!this.socket.destroyed) this.write(CLOSE, Buffer.alloc(0));
    this.socket.end();
  }

  private write(kind: number, data: Buffer): void {
    const mask = randomBytes(4);
    const length = data.length;
    const header = length < 126 ? Buffer.alloc(2) : Buffer.alloc(length < 65_536 ? 4 : 10);
    header[0] = 0x80 | kind;
    header[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
    if (header.length === 4) header.writeUInt16BE(length, 2);
    if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
    this.socket.write(Buffer.concat([header, mask, data.map((byte, i) => byte ^ (mask[i & 3] as number))]));
  }

  private receive(data: Buffer): void {
    this.buffered = this.buffered.length === 0 ? data : Buffer.concat([this.buffered, data]);
    for (let frame = this.take(); frame !== null; frame = this.take()) {
      const { kind, last, content } = frame;
      if (kind === CLOSE) this.end();
      else if (kind === PING) this.write(PONG, content);
      else if (kind === TEXT || kind === 0) {
        this.parts.push(content);
        if (!last) continue;
        const text = Buffer.concat(this.parts).toString();
        this.parts = [];
        this.events.message(text);
      }
    }
  }

  /** The next frame, if all of it is there. A server does not mask. */
  private take(): { kind: number; last: boolean; content: Buffer } | null {
    const { buffered } = this;
    if (buffered.length < 2) return null;
    const [first, second] = buffered as unknown as [number, number];
    const short = second & 0x7f;
    const begin = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (buffered.length < begin) return null;
    const length =
      short === 126 ? buffered.readUInt16BE(2) : short === 127 ? Number(buffered.readBigUInt64BE(2)) : short;
    if (buffered.length < begin + length) return null;
    this.buffered = buffered.subarray(begin + length);
    return { kind: first & 0x0f, last: (first & 0x80) !== 0, content: buffered.subarray(begin, begin + length) };
  }
}
