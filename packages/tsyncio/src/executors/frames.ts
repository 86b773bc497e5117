/** Messages in a stream of bytes: between a pool and its processes. */

import { Buffer } from "node:buffer";
import { fromBytes, toBytes } from "./copies.ts";

/** Which descriptor of a worker process is its way to the pool. */
export const CHANNEL = 3;

/** At the head of each message. What a job writes there besides begins otherwise. */
const MARK = 0x7473_796e;
const HEADER = 10;

/** The message as bytes. Throws if a value in it cannot be sent. */
export function frame(message: unknown): [header: Buffer, bytes: Uint8Array] {
  const bytes = toBytes(message);
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(MARK);
  header.writeUIntBE(bytes.length, 4, 6);
  return [header, bytes];
}

/** Puts chunks of bytes together to messages. */
export class Frames {
  private readonly header = Buffer.alloc(HEADER);
  private headerFilled = 0;
  /** The message whose header is complete; each has memory of its own. */
  private bytes: Uint8Array | null = null;
  private filled = 0;

  /** Calls `receive` for each message that the chunk completes. Throws `TypeError` for bytes that are no message. */
  add(chunk: Uint8Array, receive: (message: unknown) => void): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.bytes === null) {
        at += this.addToHeader(chunk.subarray(at));
      } else {
        const part = chunk.subarray(at, at + this.bytes.length - this.filled);
        this.bytes.set(part, this.filled);
        this.filled += part.length;
        at += part.length;
      }
      if (this.bytes !== null && this.filled === this.bytes.length) receive(this.take());
    }
  }

  private addToHeader(rest: Uint8Array): number {
    const part = rest.subarray(0, HEADER - this.headerFilled);
    this.header.set(part, this.headerFilled);
    this.headerFilled += part.length;
    if (this.headerFilled === HEADER) {
      if (this.header.readUInt32BE() !== MARK) throw new TypeError(NO_MESSAGE);
      this.bytes = new Uint8Array(this.header.readUIntBE(4, 6));
      this.headerFilled = this.filled = 0;
    }
    return part.length;
  }

  private take(): unknown {
    const bytes = this.bytes as Uint8Array;
    this.bytes = null;
    try {
      return fromBytes(bytes);
    } catch (error) {
      throw new TypeError(NO_MESSAGE, { cause: error });
    }
  }
}

const NO_MESSAGE = "its channel has bytes that are no message";
