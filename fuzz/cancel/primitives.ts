/** The primitives that all tasks of a program share. */

import {
  asyncWith,
  Barrier,
  BoundedSemaphore,
  Condition,
  type Coroutine,
  Event,
  Lock,
  Queue,
  Semaphore,
} from "tsyncio";
import type { Ledger, TaskNote } from "./ledger.ts";
import type { Held } from "./program.ts";
import type { Rules } from "./rules.ts";

/** How many tasks may be inside at a time. */
const ROOM: Record<Held, number> = { lock: 1, semaphore: 2, bounded: 1, condition: 1 };

export class Primitives {
  private readonly ledger: Ledger;
  private readonly rules: Rules;
  private readonly held = {
    lock: new Lock(),
    semaphore: new Semaphore(2),
    bounded: new BoundedSemaphore(1),
    condition: new Condition(),
  };
  private readonly inside: Record<Held, number> = { lock: 0, semaphore: 0, bounded: 0, condition: 0 };
  private readonly event = new Event();
  private readonly queue = new Queue<number>(1);
  private readonly barrier = new Barrier(2);

  constructor(ledger: Ledger, rules: Rules) {
    this.ledger = ledger;
    this.rules = rules;
  }

  /** All primitives are as they were at the beginning. */
  checkFree(): void {
    const { lock, semaphore, bounded, condition } = this.held;
    const waiting = [lock, semaphore, bounded, condition, this.queue, this.event]
      .map(String)
      .filter((text) => /waiters|getters|putters/.test(text));
    const taken = [lock, bounded, condition].filter((one) => one.locked()).map(String);
    if (!String(semaphore).includes("value:2")) taken.push(String(semaphore));
    if (waiting.length > 0) this.ledger.break(`tasks are said to wait, and none is left: ${waiting.join(", ")}`);
    if (taken.length > 0) this.ledger.break(`no task is left, and these are taken: ${taken.join(", ")}`);
    if (this.barrier.nWaiting !== 0)
      this.ledger.break(`no task is left, and ${this.barrier.nWaiting} wait at the barrier`);
  }

  *handleEvent(self: TaskNote, what: "set" | "clear" | "wait"): Coroutine<void> {
    if (what === "wait") yield* this.rules.plain(self, this.event.wait());
    else this.event[what]();
  }

  *passBarrier(self: TaskNote): Coroutine<void> {
    yield* this.rules.plain(self, this.barrier.wait());
  }

  *handleQueue(self: TaskNote, what: "put" | "get" | "join"): Coroutine<void> {
    if (what === "put") yield* this.rules.plain(self, this.queue.put(1));
    else if (what === "join") yield* this.rules.plain(self, this.queue.join());
    else {
      yield* this.rules.plain(self, this.queue.get());
      this.queue.taskDone();
    }
  }

  *notified(self: TaskNote): Coroutine<void> {
    this.inside.condition--;
    try {
      yield* this.rules.plain(self, this.held.condition.wait());
    } finally {
      this.enter("condition");
    }
  }

  notify(all: boolean): void {
    const { condition } = this.held;
    if (!condition.locked()) return;
    if (all) condition.notifyAll();
    else condition.notify();
  }

  private enter(what: Held): void {
    if (++this.inside[what] > ROOM[what]) this.ledger.break(`${this.inside[what]} tasks are inside the ${what}`);
  }

  *hold(self: TaskNote, what: Held, body: () => Coroutine<void>): Coroutine<void> {
    const { ledger } = this;
    yield* asyncWith(
      { aenter: () => this.acquire(self, what), aexit: (error: unknown) => this.held[what].aexit(error) },
      function* (this: Primitives) {
        this.enter(what);
        ledger.enterFinally();
        try {
          yield* body();
        } finally {
          ledger.runFinally();
          this.inside[what]--;
        }
      },
      this,
    );
    yield* this.rules.probe(self, `holding the ${what}`);
  }

  private *acquire(self: TaskNote, what: Held): Coroutine<void> {
    yield* this.rules.plain(self, this.held[what].aenter());
  }
}
