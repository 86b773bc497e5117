/** One side of a connection that does random things, and notes what must hold. */

import type { Socket } from "node:net";
import { asyncWith, type Coroutine, isCancelled, sleep, TimeoutError, timeout } from "tsyncio";
import { OSError, type StreamReader, StreamReaderProtocol, type StreamWriter, type Transport } from "tsyncio/net";
import type { Random } from "../packages/tsyncio/src/testing/random.ts";

/** Seconds after which a connection that both sides have closed has not ended, and never will. */
export const PATIENCE = 30;

/**
 * Node never closes the handle of a socket that is reset while its shutdown is under way, be it by the peer's end: the
 * socket is left open, and the process spins when it ends. In plain Node: `socket.end(); socket.resetAndDestroy()`.
 */
export function canBeReset(socket: Socket): boolean {
  return !socket.writableEnded;
}

/** Notes how often it is told of the end. */
export class CountingProtocol extends StreamReaderProtocol {
  timesMade = 0;
  timesLost = 0;
  override connectionMade(transport: Transport): void {
    this.timesMade++;
    super.connectionMade(transport);
  }
  override connectionLost(error: Error | null): void {
    this.timesLost++;
    super.connectionLost(error);
  }
}

/** The byte number `index` that a side sends: each side has its own. */
const byteAt = (side: number, index: number): number => (index * 131 + (index >> 8) + side * 77) & 255;

export class Side {
  /** What went wrong, if anything did. */
  readonly problems: string[] = [];
  readonly protocol: CountingProtocol;
  private readonly number: number;
  private readonly random: Random;
  private sent = 0;
  private received = 0;
  /** Nothing that was written has been dropped on purpose. */
  private clean = true;
  /** The reader is at its end. */
  private ended = false;
  /** This side has ended the connection, which ends its reader too. */
  private closing = false;
  private endedByOther = false;

  constructor(number: number, random: Random, protocol: CountingProtocol) {
    this.number = number;
    this.random = random;
    this.protocol = protocol;
  }

  /** Random steps, broken off at a random time; then the end of this side, which must come. */
  *run(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    const { random } = this;
    try {
      yield* asyncWith(timeout(0.001 + 0.06 * random.next()), () => this.steps(reader, writer), this);
    } catch (error) {
      if (isCancelled(error)) this.clean = false;
    }
    yield* this.end(reader, writer);
  }

  /** To be called when both sides have ended. */
  check(other: Side): void {
    const { timesMade: made, timesLost: lost } = this.protocol;
    if (made !== 1 || lost !== 1)
      this.problem(`connectionMade() was called ${made} times, connectionLost() ${lost} times`);
    if (this.endedByOther && other.clean && this.received !== other.sent) {
      this.problem(`a clean end after ${this.received} bytes of ${other.sent}`);
    }
  }

  /** The server has dropped what waits. */
  dropped(): void {
    this.drop(() => {});
  }

  private *steps(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    for (let left = 1 + this.random.below(12); left > 0; left--) yield* this.step(reader, writer);
  }

  private *step(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    const { random } = this;
    const transport = writer.transport as Transport;
    const what = random.below(26);
    if (what < 7) this.write(writer, this.size());
    else if (what < 9) for (let n = random.below(200); n > 0; n--) yield* this.written(writer, random.below(60_000));
    else if (what < 11) yield* writer.drain();
    else if (what < 15) yield* this.read(reader, 1 + this.size());
    else if (what < 17) while (!this.ended) yield* this.read(reader, 2 ** 16);
    else if (what < 18) yield* sleep(random.next() / 100);
    else if (what < 19) transport.setWriteBufferLimits({ high: random.below(200_000) });
    else if (what < 20) transport.pauseReading();
    else if (what < 21) transport.resumeReading();
    else if (what < 22 && writer.canWriteEof()) writer.writeEof();
    else if (what < 23) this.close(writer);
    else if (random.below(3) === 0) this.destroy(writer);
  }

  private *end(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    const { random } = this;
    const how = random.below(4);
    if (how === 0) this.drop(() => (writer.transport as Transport).abort());
    else if (how === 1) yield* this.readOn(reader);
    this.close(writer);
    if (random.below(4) === 0) this.write(writer, random.below(1000));
    // Two sides that close and wait for each other to read would wait forever, as in CPython.
    yield* this.closed(writer, 0.5);
    if (this.protocol.timesLost === 0) this.drop(() => (writer.transport as Transport).abort());
    yield* this.closed(writer, null);
  }

  private *closed(writer: StreamWriter, seconds: number | null): Coroutine<void> {
    try {
      yield* asyncWith(timeout(seconds), () => writer.waitClosed());
    } catch (error) {
      if (!(error instanceof OSError || error instanceof TimeoutError)) throw error;
    }
  }

  /** What is still on its way. The other side may never end: it is not waited for long. */
  private *readOn(reader: StreamReader): Coroutine<void> {
    try {
      yield* asyncWith(
        timeout(0.05),
        function* (this: Side) {
          while (!this.ended) yield* this.read(reader, 2 ** 20);
        },
        this,
      );
    } catch {
      // Too late, or the connection has failed.
    }
  }

  private *read(reader: StreamReader, count: number): Coroutine<void> {
    const data = yield* reader.read(count);
    if (data.length === 0) {
      this.ended = true;
      this.endedByOther ||= !this.closing;
    }
    for (const byte of data) {
      if (byte === byteAt(1 - this.number, this.received++)) continue;
      this.problem(`the byte number ${this.received - 1} is not the one that was sent`);
      break;
    }
  }

  private write(writer: StreamWriter, size: number): void {
    if (writer.isClosing()) {
      // What is written to a connection that is closing is sent only while something before it waits.
      this.clean = false;
      if (this.random.below(8) > 0) return;
    }
    const { number, sent } = this;
    try {
      writer.write(new Uint8Array(size).map((_, i) => byteAt(number, sent + i)));
    } catch (error) {
      if (String(error).includes("after writeEof()")) return;
      throw error;
    }
    this.sent += size;
  }

  private *written(writer: StreamWriter, size: number): Coroutine<void> {
    this.write(writer, size);
    yield* writer.drain();
  }

  private destroy(writer: StreamWriter): void {
    const socket = writer.getExtraInfo<Socket | null>("socket", null);
    const how = this.random.below(2);
    this.drop(() => {
      // Only a socket of TCP can be reset.
      const tcp = socket?.remoteAddress !== undefined && !("encrypted" in socket);
      if (how === 0 && tcp && canBeReset(socket)) socket.resetAndDestroy();
      else socket?.destroy();
    });
  }

  private close(writer: StreamWriter): void {
    this.closing = true;
    writer.close();
  }

  private drop(how: () => void): void {
    this.clean = false;
    this.closing = true;
    how();
  }

  private size(): number {
    const { random } = this;
    return random.below(random.below(3) === 0 ? 400_000 : 3000);
  }

  private problem(what: string): void {
    this.problems.push(`side ${this.number}: ${what}`);
  }
}
