/** Blocks of several tasks in a given order: trio's Sequencer. */

import { DISPOSE } from "../base/dispose.ts";
import { RuntimeError } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { Event } from "../sync/event.ts";

/**
 * Runs blocks of several tasks in a given order, for tests. trio's `Sequencer`.
 *
 *     using _ = yield* sequencer.at(2); // waits until the blocks at 0 and 1 have ended
 *
 * Each place can be taken once. If a task is cancelled while it waits for its place, the sequence is broken: the places
 * after it throw a `RuntimeError`.
 */
export class Sequencer {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Sequencer);
  private readonly ended = new Map<number, Event>();
  private readonly taken = new Set<number>();
  private broken = false;

  /**
   * Waits until the block before has ended. Disposing of the result ends this block.
   *
   * @throws RuntimeError for a place that has been taken before, and when the sequence is broken. TypeError if
   * `position` is not a whole number from 0.
   */
  at(position: number): CoroutineObject<Disposable>;
  *at(position: number): Coroutine<Disposable> {
    if (!Number.isInteger(position) || position < 0) {
      throw new TypeError(`a place in a sequence must be 0, 1, 2 …, got ${String(position)}`);
    }
    if (this.taken.has(position)) throw new RuntimeError(`place ${position} of the sequence is taken already`);
    if (this.broken) throw new RuntimeError("the sequence is broken: a task that waited for its place was cancelled");
    this.taken.add(position);
    if (position > 0) {
      try {
        yield* this.end(position - 1).wait();
      } catch (error) {
        this.broken = true;
        for (const event of this.ended.values()) event.set();
        throw error;
      }
      if (this.broken) throw new RuntimeError("the sequence is broken: a task that waited for its place was cancelled");
    }
    return { [DISPOSE]: () => this.end(position).set() };
  }

  private end(position: number): Event {
    const event = this.ended.get(position) ?? new Event();
    this.ended.set(position, event);
    return event;
  }
}
