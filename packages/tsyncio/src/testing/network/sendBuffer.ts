/** What a simulated connection has been given to send. */

import { ByteQueue } from "../../net/byteQueue.ts";

/** Node's own. */
export const HIGH_WATER_MARK = 64 * 1024;

export type Sent = (error?: Error | null) => void;

export class SendBuffer {
  /** How many bytes have been sent since the beginning. */
  sent = 0;
  private readonly unsent = new ByteQueue();
  private readonly callbacks: { readonly at: number; readonly sent: Sent }[] = [];
  private full = false;

  /** How many bytes wait. */
  get length(): number {
    return this.unsent.length;
  }

  /** `sent` is called when all of it is sent. */
  push(data: Uint8Array, sent: Sent | undefined): void {
    this.unsent.push(data.slice());
    if (sent !== undefined) this.callbacks.push({ at: this.sent + this.unsent.length, sent });
  }

  /** False if the writer should wait for `drain`. */
  hasRoom(): boolean {
    this.full ||= this.unsent.length >= HIGH_WATER_MARK;
    return !this.full;
  }

  /** True if it was full, and is empty: `drain` is due, once. */
  takeDrain(): boolean {
    const { full } = this;
    this.full = false;
    return full;
  }

  /** At most `room` bytes of what waits. */
  take(room: number): Uint8Array {
    const data = this.unsent.take(room);
    this.sent += data.length;
    return data;
  }

  /** Calls back for what is sent. */
  callBack(): void {
    while (this.callbacks.length > 0 && (this.callbacks[0] as { at: number }).at <= this.sent) {
      this.callbacks.shift()?.sent();
    }
  }

  clear(): void {
    this.unsent.clear();
  }
}
