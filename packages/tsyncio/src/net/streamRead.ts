/** `StreamReader.read` as a coroutine written by hand: servers spend their time in it. */

import { reused } from "../base/errors.ts";
import { Future } from "../kernel/future.ts";
import { type Coroutine, done, LeafCoroutine, type Suspend } from "../kernel/protocol.ts";
import { alreadyAwaited, answerProbe, kernel, PROBE, SUSPENDED } from "../kernel/state.ts";
import type { StreamReader } from "./streamReader.ts";

const BEFORE = 0;
const WAITING = 1;
/** The rest is another coroutine's. */
const INSIDE = 2;
const ENDED = 3;

/** */
export class Read extends LeafCoroutine<Uint8Array> {
  declare private readonly reader: StreamReader;
  declare private readonly count: number;
  declare private state: number;
  /** What it waits for, or the other coroutine. */
  declare private inner: Future<unknown> | Coroutine<Uint8Array> | null;

  constructor(reader: StreamReader, count: number) {
    super();
    this.reader = reader;
    this.count = count;
    this.state = BEFORE;
    this.inner = null;
  }

  next(value?: unknown): IteratorResult<Suspend, Uint8Array> {
    if (this.state === WAITING) return this.resume(value);
    if (this.state === INSIDE) return (this.inner as Coroutine<Uint8Array>).next(value);
    if (this.state === ENDED) throw reused("read()");
    this.state = ENDED;
    const begun = this.reader._beginRead(this.count);
    if (begun instanceof Uint8Array) return { done: true, value: begun };
    this.inner = begun;
    if (begun instanceof Future) {
      this.state = WAITING;
      kernel.blockedOn = begun as Future<unknown>;
      return SUSPENDED;
    }
    this.state = INSIDE;
    return begun.next();
  }

  override throw(error: unknown): IteratorResult<Suspend, Uint8Array> {
    if (this.state === INSIDE) return (this.inner as Coroutine<Uint8Array>).throw(error);
    this.leave();
    throw error;
  }

  override return(value: Uint8Array): IteratorResult<Suspend, Uint8Array> {
    if (this.state === INSIDE) return (this.inner as Coroutine<Uint8Array>).return(value);
    this.leave();
    return done(value);
  }

  private resume(value: unknown): IteratorResult<Suspend, Uint8Array> {
    if (value === PROBE) return answerProbe();
    if (value === undefined) return alreadyAwaited(this, this.inner as Future<unknown>);
    this.leave();
    return { done: true, value: this.reader._take(this.count) };
  }

  private leave(): void {
    if (this.state === WAITING) this.reader._endWait();
    this.state = ENDED;
  }
}
