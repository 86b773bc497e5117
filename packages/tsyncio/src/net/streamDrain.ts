/** `StreamWriter.drain` as a coroutine written by hand: most of the time there is nothing to wait for. */

import { reused } from "../base/errors.ts";
import { type Coroutine, done, LeafCoroutine, type Suspend } from "../kernel/protocol.ts";
import type { StreamWriter } from "./streamWriter.ts";

const DRAINED: IteratorReturnResult<void> = Object.freeze({ done: true, value: undefined });

/** */
export class Drain extends LeafCoroutine<void> {
  declare private readonly writer: StreamWriter;
  declare private begun: boolean;
  /** What waits, if anything has to. */
  declare private inner: Coroutine<void> | null;

  constructor(writer: StreamWriter) {
    super();
    this.writer = writer;
    this.begun = false;
    this.inner = null;
  }

  next(value?: unknown): IteratorResult<Suspend, void> {
    if (this.inner !== null) return this.inner.next(value);
    if (this.begun) throw reused("drain()");
    this.begun = true;
    this.inner = this.writer._beginDrain();
    return this.inner === null ? DRAINED : this.inner.next();
  }

  override throw(error: unknown): IteratorResult<Suspend, void> {
    this.begun = true;
    if (this.inner !== null) return this.inner.throw(error);
    throw error;
  }

  override return(value: undefined): IteratorResult<Suspend, void> {
    this.begun = true;
    return this.inner === null ? done(value) : this.inner.return(value);
  }
}
