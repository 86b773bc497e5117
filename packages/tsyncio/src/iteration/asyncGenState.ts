/** The state of an async generator. */

import { RuntimeError, StopAsyncIteration } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { CoroutineObject } from "../kernel/protocol.ts";

/**
 * Apart from the object that the user holds, so that a loop can keep it without keeping that object: once the object
 * is collected, it cannot be iterated any more, and the generator can be closed.
 */
export abstract class AsyncGenState {
  declare readonly body: Generator<unknown, unknown, unknown>;
  declare readonly name: string;
  declare started: boolean;
  /** A step is under way: it may be suspended, and no other may begin. CPython's `ag_running_async`. */
  declare running: boolean;
  /** `aclose()` has begun. */
  declare closed: boolean;
  declare finished: boolean;
  /**
   * Called when a step has ended, if requests stand in line for their turn. JavaScript's protocol does so: see native/.
   */
  declare whenFree: (() => void) | null;
  /** The loop that will close it. */
  declare loop: EventLoop | null;
  /** The object that the user holds; weakly, once the collection of it is watched. */
  declare object: object | WeakRef<object> | null;

  constructor(body: Generator<unknown, unknown, unknown>, name: string) {
    this.body = body;
    this.name = name;
    this.started = false;
    this.running = false;
    this.closed = false;
    this.finished = false;
    this.whenFree = null;
    this.loop = null;
    this.object = null;
  }

  /** Closes the generator, also when the object that the user held has been collected. */
  abstract aclose(): CoroutineObject<void>;

  /** The loop will not keep the object that the user holds. */
  weaken(): void {
    (this.body as { weaken?(): void }).weaken?.();
  }

  /** The object that the user holds, for reports; if it has been collected, what is left of it. */
  get shown(): object {
    const { object } = this;
    return (object instanceof WeakRef ? object.deref() : object) ?? this;
  }

  /** A step has ended. */
  free(): void {
    this.running = false;
    this.whenFree?.();
  }

  /** The body has returned or thrown. */
  end(): void {
    this.finished = true;
    this.free();
    this.loop?._asyncgens.delete(this);
    this.object = null;
  }

  /**
   * The body has thrown `error`; returns what its caller is to see. A body that had not begun throws nothing itself.
   */
  failed(error: unknown, begun: boolean): unknown {
    this.end();
    if (!begun || !(error instanceof StopAsyncIteration)) return error;
    return new RuntimeError("async generator raised StopAsyncIteration", { cause: error });
  }

  toString(): string {
    return `<async_generator object ${this.name}>`;
  }
}
