/** Go's channels: `send`, `receive`, `close` and `select`. */

import { type Coroutine, Future, getRunningLoop, RuntimeError } from "tsyncio";

/** One thing that a `select` may do. */
export interface Case {
  readonly channel: Channel<unknown>;
  readonly sends: boolean;
  readonly value?: unknown;
}

/** Which case a `select` has done. `open` is false if a channel returned nothing because it is closed. */
export interface Chosen {
  readonly index: number;
  readonly value: unknown;
  readonly open: boolean;
}

/** The wait of one `select`, which is in the line of each of its channels. */
class Turn extends Future<Chosen> {
  readonly cases: readonly Case[];

  constructor(cases: readonly Case[]) {
    super();
    this.cases = cases;
  }

  override toString(): string {
    const texts = this.cases.map(({ channel, sends }) => `${sends ? "send to" : "receive from"} ${channel}`);
    return texts.join(" or ");
  }
}

interface Waiting {
  readonly turn: Turn;
  readonly index: number;
}

/** Hands values from task to task. A `send` waits for its receiver, unless there is room among `capacity` values. */
export class Channel<T> {
  readonly name: string;
  private readonly capacity: number;
  private readonly values: T[] = [];
  private readonly senders: Waiting[] = [];
  private readonly receivers: Waiting[] = [];
  private closed = false;

  constructor(name: string, capacity = 0) {
    this.name = name;
    this.capacity = capacity;
  }

  /** Throws `RuntimeError` if the channel is closed, or becomes so. */
  *send(value: T): Coroutine<void> {
    yield* select(sendTo(this, value));
  }

  /** Undefined if the channel is closed and empty. */
  *receive(): Coroutine<T | undefined> {
    return (yield* select(receiveFrom(this))).value as T | undefined;
  }

  /** Sends if that needs no waiting. */
  trySend(value: T): boolean {
    return this._try(sendTo(this, value), 0) !== null;
  }

  /** Receivers get undefined from now on. Throws `RuntimeError` if the channel is closed already. */
  close(): void {
    if (this.closed) throw new RuntimeError(`close of the closed channel ${this.name}`);
    this.closed = true;
    for (let w = next(this.receivers); w !== null; w = next(this.receivers)) {
      w.turn.setResult({ index: w.index, value: undefined, open: false });
    }
    for (let w = next(this.senders); w !== null; w = next(this.senders)) w.turn.setException(this.isClosed());
  }

  toString(): string {
    return this.name;
  }

  /** @internal Does the case if it need not wait. */
  _try({ sends, value }: Case, index: number): Chosen | null {
    return sends ? this.trySending(value as T, index) : this.tryReceiving(index);
  }

  /** @internal */
  _wait({ sends }: Case, waiting: Waiting): void {
    (sends ? this.senders : this.receivers).push(waiting);
  }

  private trySending(value: T, index: number): Chosen | null {
    if (this.closed) throw this.isClosed();
    const receiver = next(this.receivers);
    if (receiver !== null) receiver.turn.setResult({ index: receiver.index, value, open: true });
    else if (this.values.length < this.capacity) this.values.push(value);
    else return null;
    return { index, value: undefined, open: true };
  }

  private tryReceiving(index: number): Chosen | null {
    const sender = this.values.length <= this.capacity ? next(this.senders) : null;
    if (sender !== null) {
      this.values.push(sender.turn.cases[sender.index]?.value as T);
      sender.turn.setResult({ index: sender.index, value: undefined, open: true });
    }
    if (this.values.length > 0) return { index, value: this.values.shift(), open: true };
    return this.closed ? { index, value: undefined, open: false } : null;
  }

  private isClosed(): RuntimeError {
    return new RuntimeError(`send to the closed channel ${this.name}`);
  }
}

/** The first that still waits. */
function next(line: Waiting[]): Waiting | null {
  for (;;) {
    const waiting = line.shift();
    if (waiting === undefined) return null;
    if (!waiting.turn.done()) return waiting;
  }
}

export function sendTo<T>(channel: Channel<T>, value: T): Case {
  return { channel: channel as Channel<unknown>, sends: true, value };
}

export function receiveFrom<T>(channel: Channel<T>): Case {
  return { channel: channel as Channel<unknown>, sends: false };
}

/** Waits until one of the cases can be done, and does it. Of several the first (Go takes any). */
export function* select(...cases: Case[]): Coroutine<Chosen> {
  for (const [index, option] of cases.entries()) {
    const chosen = option.channel._try(option, index);
    if (chosen !== null) return chosen;
  }
  const turn = new Turn(cases);
  for (const [index, option] of cases.entries()) option.channel._wait(option, { turn, index });
  return yield* turn;
}

/** A channel that has one value in about this many milliseconds. */
export function after(milliseconds: number): Channel<true> {
  const channel = new Channel<true>("timer", 1);
  getRunningLoop().callLater(milliseconds / 1000, () => channel.trySend(true));
  return channel;
}

/** Go's context: `done` tells what it is passed to that it is to end. */
export class Context {
  readonly done = new Channel<never>("done");
  private cancelled = false;

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.done.close();
  }
}
