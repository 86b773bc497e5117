import fc from "fast-check";
import {
  allTasks,
  asyncWith,
  type Coroutine,
  createTask,
  currentTask,
  type ExceptionContext,
  type Future,
  gather,
  getRunningLoop,
  isCancelled,
  Lock,
  shield,
  sleep,
  type Task,
  TaskGroup,
  timeout,
  waitFor,
} from "tsyncio";
import { describe, expect, it } from "vitest";
import { simulate } from "../support.ts";
import { settings } from "./actors.ts";

const LEAVES = ["sleep", "cancel", "cancelGroup", "fail"] as const;
const BLOCKS = ["timeout", "waitFor", "lock", "shield", "group", "gather", "attempt", "attempt", "attempt"] as const;

type Block = readonly Statement[];
interface Statement {
  readonly do: (typeof LEAVES | typeof BLOCKS)[number];
  /** Seconds, few of them: many things happen in the same turn. Or the index of a task, a group or a lock. */
  readonly n: number;
  readonly body: Block;
  readonly children: readonly Block[];
}

const { block } = fc.letrec<{ block: Block; statement: Statement }>((tie) => {
  const body = tie("block");
  const children = fc.array(body, { minLength: 1, maxLength: 2 });
  const n = fc.nat(3);
  const leaf = fc.record({ do: fc.constantFrom(...LEAVES), n, body: fc.constant([]), children: fc.constant([]) });
  const nested = fc.record({ do: fc.constantFrom(...BLOCKS), n, body, children });
  return {
    block: fc.array(tie("statement"), { minLength: 1, maxLength: 3 }),
    statement: fc.oneof({ maxDepth: 4 }, leaf, { arbitrary: nested, weight: 5 }),
  };
});
const cancellations = fc.array(fc.record({ at: fc.nat(3), task: fc.nat(9) }), { maxLength: 6 });

interface Note {
  readonly task: Task<unknown>;
  /** How many times it was cancelled from outside of its own blocks. */
  asked: number;
  /** It waited for a task that failed as it was cancelled itself, and was thrown only the error, as in CPython. */
  excused: boolean;
}

class Program {
  readonly notes: Note[] = [];
  readonly broken: string[] = [];
  readonly groups: TaskGroup[] = [];
  readonly locks = [new Lock(), new Lock()];
  probes = 0;

  cancel(index: number): void {
    const note = this.notes[index % this.notes.length];
    if (note?.task.cancel()) note.asked++;
  }

  /** A task that is alone has no group or gather that cancels it too. */
  *body(block: Block, alone = false): Coroutine<void> {
    const note: Note = { task: currentTask() as Task<unknown>, asked: 0, excused: false };
    this.notes.push(note);
    try {
      yield* this.block(note, block);
    } finally {
      const open = note.task.cancelling();
      if (alone && open !== note.asked) this.broken.push(`cancelled ${note.asked} times, ${open} are left at the end`);
    }
  }

  private *block(self: Note, block: Block): Coroutine<void> {
    for (const statement of block) {
      try {
        yield* this.statement(self, statement);
      } finally {
        if (self.task.cancelling() < self.asked) this.broken.push(`${statement.do} takes back a cancellation`);
      }
      if (statement.body.length > 0) yield* this.probe(self, statement.do);
    }
  }

  /** At the end of a block an open cancellation is one that the next wait throws. */
  private *probe(self: Note, after: string): Coroutine<void> {
    if (self.excused || self.task.cancelling() === 0) return;
    this.probes++;
    yield* sleep(0);
    this.broken.push(`after ${after} a cancellation is open, and the next wait does not throw it`);
  }

  private *statement(self: Note, { do: what, n, body, children }: Statement): Coroutine<void> {
    const run = () => this.block(self, body);
    switch (what) {
      case "sleep":
        return yield* sleep(n);
      case "fail":
        throw new Error("failed");
      case "cancel":
        return this.cancel(n);
      case "cancelGroup":
        return this.groups[n % this.groups.length]?.cancel();
      case "timeout":
        return yield* asyncWith(timeout(n), run);
      case "waitFor":
        return yield* waitFor(run(), n + 1);
      case "lock":
        return yield* asyncWith(this.locks[n % 2] as Lock, run);
      case "shield":
        return yield* this.others(self, shield(createTask(this.body(body, true))));
      case "gather":
        return yield* this.others(self, gather(children.map((child) => this.body(child))));
      case "group":
        return yield* asyncWith(new TaskGroup(), (group) => {
          this.groups.push(group);
          for (const child of children) group.createTask(this.body(child));
          return run();
        });
      case "attempt":
        try {
          yield* run();
        } catch (error) {
          if (isCancelled(error)) throw error;
        }
    }
  }

  private *others(self: Note, wait: Future<unknown>): Coroutine<void> {
    try {
      yield* wait;
    } catch (error) {
      if (!isCancelled(error) && self.task.cancelling() > 0) self.excused = true;
      throw error;
    }
  }
}

describe("random nestings of blocks, cancelled from inside and outside", () => {
  it("lose no cancellation, throw each that is open at the next wait, free the locks and leave no task", async () => {
    let probes = 0;
    await fc.assert(
      fc.asyncProperty(block, cancellations, async (main, plan) => {
        const program = new Program();
        const reports: ExceptionContext[] = [];
        await simulate(function* () {
          createTask(program.body(main, true));
          for (const { at, task } of plan) getRunningLoop().callAt(at, () => program.cancel(task));
          yield* sleep(1000);
          // Some wait for locks that they hold themselves.
          for (const index of program.notes.keys()) program.cancel(index);
          yield* sleep(1000);
          expect([...allTasks()].map(String)).toEqual([String(currentTask())]);
        }, reports);
        expect(program.broken).toEqual([]);
        expect(program.locks.filter((lock) => lock.locked())).toEqual([]);
        expect(reports.map(({ message }) => message).filter((text) => !text.includes("never retrieved"))).toEqual([]);
        for (const { task, asked, excused } of program.notes) {
          if (asked > 0 && !excused) expect(task.cancelled() || task.exception() !== null).toBe(true);
        }
        probes += program.probes;
      }),
      { ...settings, numRuns: 300 },
    );
    // The programs do reach what is asked of them.
    expect(probes).toBeGreaterThan(30);
  });
});
