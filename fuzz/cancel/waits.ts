/** Waits of one task for others. */

import { ALL_COMPLETED, type Coroutine, currentTask, FIRST_COMPLETED, shield, type Task, wait } from "tsyncio";
import type { Ledger, TaskNote } from "./ledger.ts";
import type { Do } from "./program.ts";
import type { Rules } from "./rules.ts";

export class Waits {
  private readonly ledger: Ledger;
  private readonly rules: Rules;

  constructor(ledger: Ledger, rules: Rules) {
    this.ledger = ledger;
    this.rules = rules;
  }

  *await(self: TaskNote, { task }: Do<"await">): Coroutine<void> {
    const other = this.other(task);
    const note = this.ledger.notes.find(({ name }) => name === task);
    if (other === null || note === undefined || this.ledger.waits(note, self)) return;
    note.awaited = true;
    self.waitsFor.add(note);
    yield* this.rules.others(self, other);
    self.waitsFor.delete(note);
    this.checkResult(other, "an await");
    yield* this.rules.probe(self, "a task");
  }

  *shield(self: TaskNote, { task }: Do<"shield">): Coroutine<void> {
    const other = this.other(task);
    const note = this.ledger.notes.find(({ name }) => name === task);
    if (other === null || note === undefined) return;
    note.awaited = true;
    yield* this.rules.others(self, shield(other));
    this.checkResult(other, "a shield");
    yield* this.rules.probe(self, "a shield");
  }

  private checkResult(task: Task<unknown>, what: string): void {
    const well = task.done() && !task.cancelled() && task.exception() === null;
    if (!well) this.ledger.break(`${what} of ${task} has ended well`);
  }

  *wait(self: TaskNote, { tasks, seconds, first }: Do<"wait">): Coroutine<void> {
    const others = tasks.map((task) => this.other(task)).filter((task) => task !== null);
    if (others.length === 0) return;
    const returnWhen = first ? FIRST_COMPLETED : ALL_COMPLETED;
    yield* this.rules.plain(
      self,
      (function* (ledger): Coroutine<void> {
        const [done] = yield* wait(others, { timeout: seconds, returnWhen });
        for (const task of done) if (!task.cancelled()) ledger.see(task.exception());
      })(this.ledger),
    );
    yield* this.rules.probe(self, "wait");
  }

  private other(name: string): Task<unknown> | null {
    const task = this.ledger.tasks.get(name);
    return task === undefined || task === currentTask() ? null : task;
  }
}
