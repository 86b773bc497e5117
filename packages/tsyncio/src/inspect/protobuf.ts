/**
 * As much of the wire format of Protocol Buffers as a trace needs: https://protobuf.dev/programming-guides/encoding.
 */

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

const encoder = new TextEncoder();

/** A message that is being written, field by field. */
export class Message {
  private bytes = new Uint8Array(64);
  private length = 0;

  /** A whole number from 0 to 2 ** 53. */
  uint(field: number, value: number): this {
    this.tag(field, VARINT);
    this.varint(value);
    return this;
  }

  fixed64(field: number, value: number): this {
    this.tag(field, FIXED64);
    const place = this.room(8);
    new DataView(this.bytes.buffer).setBigUint64(place, BigInt(value), true);
    return this;
  }

  string(field: number, text: string): this {
    return this.block(field, encoder.encode(text));
  }

  message(field: number, inner: Message): this {
    return this.block(field, inner.finish());
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private block(field: number, content: Uint8Array): this {
    this.tag(field, LENGTH);
    this.varint(content.length);
    const place = this.room(content.length);
    this.bytes.set(content, place);
    return this;
  }

  private tag(field: number, type: number): void {
    this.varint(field * 8 + type);
  }

  private varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  private byte(value: number): void {
    const place = this.room(1);
    this.bytes[place] = value;
  }

  /** Where the next `count` bytes go. `bytes` may be another array afterwards. */
  private room(count: number): number {
    const begin = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    return begin;
  }
}
