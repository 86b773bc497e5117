/** The marks of a write buffer: when a protocol shall stop writing, and when it may go on. */

import { checkType, type OptionNames, ownOptions } from "../base/checks.ts";
import { isExit, ValueError } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { BaseProtocol, WriteBufferLimits } from "./protocols.ts";

const MARKS: OptionNames<WriteBufferLimits> = { high: true, low: true };
const DEFAULT_HIGH = 64 * 1024;
const DEFAULT_LOW = DEFAULT_HIGH / 4;

/** asyncio's `_FlowControlMixin`. Its owner tells it the size of the buffer whenever that has changed. */
export class FlowControl {
  declare high: number;
  declare low: number;
  /** `pauseWriting()` was called, and not yet `resumeWriting()`. */
  declare paused: boolean;

  constructor() {
    this.high = DEFAULT_HIGH;
    this.low = DEFAULT_LOW;
    this.paused = false;
  }

  /** Throws `ValueError` unless `high >= low >= 0`. */
  setLimits(limits: WriteBufferLimits): void {
    const { high: givenHigh = null, low: givenLow = null } = ownOptions("setWriteBufferLimits", limits, MARKS);
    for (const mark of [givenHigh, givenLow])
      if (mark !== null) checkType(mark, "number", "a mark is a number of bytes");
    const high = givenHigh ?? (givenLow === null ? DEFAULT_HIGH : givenLow * 4);
    const low = givenLow ?? Math.floor(high / 4);
    if (!(high >= low && low >= 0)) throw new ValueError(`high (${high}) must be >= low (${low}) must be >= 0`);
    this.high = high;
    this.low = low;
  }

  /** To be called when there are more than `high` bytes. */
  pause(loop: EventLoop, transport: object, protocol: BaseProtocol): void {
    if (this.paused) return;
    this.paused = true;
    try {
      protocol.pauseWriting();
    } catch (error) {
      report(loop, "protocol.pauseWriting() failed", error, transport, protocol);
    }
  }

  /** To be called when there are at most `low` bytes. */
  resume(loop: EventLoop, transport: object, protocol: BaseProtocol): void {
    if (!this.paused) return;
    this.paused = false;
    try {
      protocol.resumeWriting();
    } catch (error) {
      report(loop, "protocol.resumeWriting() failed", error, transport, protocol);
    }
  }
}

/** An error that a protocol's method has thrown goes to the loop's exception handler; an exit leaves the loop. */
export function report(
  loop: EventLoop,
  message: string,
  exception: unknown,
  transport: object,
  protocol: BaseProtocol | null,
): void {
  if (isExit(exception)) throw exception;
  loop.callExceptionHandler({ message, exception, transport, protocol });
}
