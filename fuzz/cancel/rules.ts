/** What must hold at each step of a program. */

import {
  BaseExceptionGroup,
  CancelledError,
  type Coroutine,
  type Future,
  isCancelled,
  sleep,
  type Task,
} from "tsyncio";
import type { Ledger, TaskNote } from "./ledger.ts";

/** Nothing was thrown. */
export const NOTHING = Symbol("nothing");

export class Rules {
  private readonly ledger: Ledger;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /** A wait for a primitive: a cancellation that it throws is one of the task. */
  *plain(self: TaskNote, wait: Coroutine<unknown>): Coroutine<void> {
    try {
      yield* wait;
    } catch (error) {
      if (isCancelled(error) && !self.excused && self.task?.cancelling() === 0) {
        this.ledger.break(`${self.name} was thrown a CancelledError, and was not cancelled`);
      }
      throw error;
    }
  }

  /** A wait for other tasks: they may have been cancelled, or have made another error of our cancellation. */
  *others(self: TaskNote, wait: Coroutine<unknown> | Future<unknown>): Coroutine<void> {
    const asked = this.asked(self);
    try {
      yield* wait;
    } catch (error) {
      if (isCancelled(error)) {
        if (self.task?.cancelling() === 0) self.foreign = true;
      } else if (self.cancelledLate) {
        this.ledger.break(`${self.name} was cancelled while a gather ended by an error, and was thrown the error`);
      } else if (this.asked(self) > asked || (self.task?.cancelling() ?? 0) > 0) self.excused = true;
      throw error;
    } finally {
      self.cancelledLate = false;
      self.gathered = [];
    }
  }

  /** In straight code, a cancellation that is open is one that the next wait throws. */
  *probe(self: TaskNote, where: string): Coroutine<void> {
    if (self.excused || self.cleaning > 0 || self.task?.cancelling() === 0) return;
    yield* sleep(0);
    this.ledger.break(`${self.name} has an open cancellation after ${where}, and the next wait does not throw it`);
  }

  /**
   * A block that may cancel its task. `own` is how many cancellations it has taken back, if that is known: all others
   * are left.
   */
  *scope(
    self: TaskNote,
    own: (() => number) | null,
    run: () => Coroutine<unknown>,
    quiet = () => false,
  ): Coroutine<void> {
    const task = self.task as Task<unknown>;
    const asked = this.asked(self);
    const before = task.cancelling() - asked + self.takenBack;
    let thrown: unknown = NOTHING;
    try {
      yield* run();
    } catch (error) {
      thrown = error;
    }
    const most = before + this.asked(self) - self.takenBack;
    const taken = most - task.cancelling();
    self.takenBack += taken;
    if (!self.excused) {
      // A group that throws errors asks for the cancellation from outside once more, so that the next wait throws it.
      const once = thrown instanceof BaseExceptionGroup && own === null && this.asked(self) > asked ? 1 : 0;
      const mine = taken - once;
      const right = own === null ? mine <= 0 || (mine === 1 && !quiet()) : taken === own();
      if (!right) this.ledger.break(`${self.name}: a block has taken back ${taken} of ${most} cancellations`);
      if (thrown instanceof CancelledError && task.cancelling() === 0 && !self.foreign) {
        this.ledger.break(`${self.name}: a block has thrown a CancelledError, and the task was not cancelled`);
      }
    }
    if (thrown instanceof CancelledError) throw thrown;
    try {
      yield* this.probe(self, "a block");
    } catch (error) {
      this.ledger.replace(thrown, error);
      throw error;
    }
    if (thrown !== NOTHING) throw thrown;
  }

  private asked(self: TaskNote): number {
    return this.ledger.timesAsked(self.task as Task<unknown>);
  }
}
