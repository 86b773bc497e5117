/** What the programs do, kept beside them; and the rules that it must follow. */

import { BaseExceptionGroup, type ExceptionContext, type Task } from "tsyncio";

/** An error that a program raises. */
export class Failure extends Error {
  /** The task that it has left last. */
  carrier: TaskNote | null = null;
  /** Replaced by another error in a cleanup, as the language has it. */
  replaced = false;
  /** Thrown at a handler, or found in a task that was asked for it. */
  seen = false;
  reported = false;
}

export interface GroupNote {
  readonly name: string;
  readonly owner: TaskNote;
  readonly children: Task<unknown>[];
  ended: boolean;
}

export interface TaskNote {
  readonly name: string;
  readonly group: GroupNote | null;
  /** The tasks that it waits for, or will: those that it awaits, its gathers, and the children of its groups. */
  readonly waitsFor: Set<TaskNote>;
  /** Null until it has begun. */
  task: Task<unknown> | null;
  /** It has turned a cancellation into something else: it may be in debt. */
  excused: boolean;
  /** A task waits for it, and may be cancelled in the moment in which it fails. */
  awaited: boolean;
  /** The children of the gather that it waits for, if the first error is to cancel the others. */
  gathered: readonly TaskNote[];
  /** When it has failed; infinity if it has not. */
  failedAt: number;
  /** It was cancelled after such a gather had begun to cancel by itself: nothing else may be thrown. */
  cancelledLate: boolean;
  /** It has been thrown a cancellation of something that it waited for. */
  foreign: boolean;
  /** How many cancellations its blocks have taken back. */
  takenBack: number;
  /** It runs the cleanup of something that has been thrown. */
  cleaning: number;
}

export class Ledger {
  readonly broken: string[] = [];
  readonly failures: Failure[] = [];
  readonly notes: TaskNote[] = [];
  readonly tasks = new Map<string, Task<unknown>>();
  readonly groups = new Map<string, GroupNote>();
  private readonly asked = new Map<Task<unknown>, number>();
  private readonly reported = new Set<unknown>();
  private finallyBegun = 0;
  private finallyRun = 0;

  break(rule: string): void {
    this.broken.push(rule);
  }

  note(name: string, group: GroupNote | null): TaskNote {
    const flags = { excused: false, awaited: false, foreign: false, cancelledLate: false };
    const counts = { takenBack: 0, cleaning: 0, failedAt: Number.POSITIVE_INFINITY };
    const note: TaskNote = { name, group, waitsFor: new Set(), gathered: [], task: null, ...flags, ...counts };
    group?.owner.waitsFor.add(note);
    this.notes.push(note);
    return note;
  }

  private noteOf(task: unknown): TaskNote | undefined {
    return this.notes.find((note) => note.task === task);
  }

  /** Called for every `cancel()` that a task accepts. */
  countCancel(task: Task<unknown>): void {
    this.asked.set(task, this.timesAsked(task) + 1);
    const note = this.noteOf(task);
    const now = task.getLoop().time();
    if (note?.gathered.some((child) => child.failedAt < now)) note.cancelledLate = true;
  }

  timesAsked(task: Task<unknown>): number {
    return this.asked.get(task) ?? 0;
  }

  /** Whether `from` waits for `to`, directly or through others: then `to` must not wait for `from`. */
  waits(from: TaskNote, to: TaskNote, passed = new Set<TaskNote>()): boolean {
    if (from === to) return true;
    if (passed.has(from)) return false;
    passed.add(from);
    return [...from.waitsFor].some((next) => this.waits(next, to, passed));
  }

  fail(): Failure {
    const failure = new Failure(`failure ${this.failures.length}`);
    this.failures.push(failure);
    return failure;
  }

  see(error: unknown): void {
    for (const failure of failuresIn(error)) failure.seen = true;
  }

  /** `old` was on its way, and `error` is thrown instead of it. */
  replace(old: unknown, error: unknown): void {
    const kept = failuresIn(error);
    for (const failure of failuresIn(old)) if (!kept.includes(failure)) failure.replaced = true;
  }

  enterFinally(): void {
    this.finallyBegun++;
  }

  runFinally(): void {
    this.finallyRun++;
  }

  /**
   * The loop reports something: a task that has failed and was not asked, once; or, in debug mode, a swallowed
   * cancellation.
   */
  hear({ message, exception, task, future }: ExceptionContext): void {
    const about = (task ?? future) as Task<unknown> | undefined;
    const isLost = /exception was never retrieved$/.test(message);
    const isSwallowed = /swallowed the CancelledError/.test(message) && this.noteOf(about)?.excused === true;
    if (!isLost && !isSwallowed) this.break(`the loop has reported: ${message}`);
    if (!isLost || about === undefined) return;
    if (this.reported.has(about)) this.break(`${about} was reported twice`);
    this.reported.add(about);
    for (const failure of failuresIn(exception)) failure.reported = true;
  }

  /** All tasks are done, and the loop is closed. */
  checkEnd(): void {
    if (this.finallyBegun !== this.finallyRun) {
      this.break(`${this.finallyBegun} blocks with a finally were begun, and ${this.finallyRun} finally have run`);
    }
    for (const { task, excused, name } of this.notes) {
      if (task === null || excused || task.cancelled() || task.exception() !== null) continue;
      if (task.cancelling() > 0) this.break(`${name} was cancelled, and has ended as if it had not been`);
    }
    for (const failure of this.failures) {
      const { seen, reported, replaced, carrier, message } = failure;
      if (seen || reported || replaced || carrier?.awaited === true) continue;
      this.break(`${message} was neither thrown nor reported`);
    }
  }
}

export function failuresIn(error: unknown): Failure[] {
  if (error instanceof Failure) return [error];
  return error instanceof BaseExceptionGroup ? error.exceptions.flatMap(failuresIn) : [];
}
