/** Runs a program of cancellations, and looks at each step whether the rules hold. */

import {
  abortable,
  asyncWith,
  type Coroutine,
  cancelOnAbort,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  isBaseException,
  isCancelled,
  RuntimeError,
  type Suspend,
  sleep,
  type Task,
  TaskGroup,
  timeout,
  waitFor,
} from "tsyncio";
import { finallyDo, iterate } from "./iterations.ts";
import type { GroupNote, Ledger, TaskNote } from "./ledger.ts";
import { Primitives } from "./primitives.ts";
import type { Block, Do, Statement } from "./program.ts";
import { Rules } from "./rules.ts";
import { Waits } from "./waits.ts";

export class Interpreter {
  private readonly ledger: Ledger;
  private readonly rules: Rules;
  private readonly waits: Waits;
  readonly primitives: Primitives;
  private readonly eager: boolean;
  private readonly signals = Array.from({ length: 3 }, () => new AbortController());
  private readonly taskGroups = new Map<string, TaskGroup>();
  /** Groups that something has asked to end: `cancel()`, or a child that failed. */
  private readonly disturbed = new Set<TaskGroup>();

  constructor(ledger: Ledger, eager: boolean) {
    this.ledger = ledger;
    this.rules = new Rules(ledger);
    this.waits = new Waits(ledger, this.rules);
    this.primitives = new Primitives(ledger, this.rules);
    this.eager = eager;
  }

  *body(self: TaskNote, block: Block): Coroutine<string> {
    self.task = currentTask();
    try {
      yield* this.block(self, block);
    } catch (error) {
      if (!isCancelled(error)) self.failedAt = getRunningLoop().time();
      for (const failure of this.ledger.failures) if (this.carries(error, failure)) failure.carrier = self;
      throw error;
    }
    return self.name;
  }

  private carries(error: unknown, failure: unknown): boolean {
    return (
      error === failure || (error instanceof AggregateError && error.errors.some((one) => this.carries(one, failure)))
    );
  }

  private *block(self: TaskNote, block: Block): Coroutine<void> {
    for (const statement of block) {
      if (self.group?.ended === true)
        this.ledger.break(`${self.name} runs, and its group ${self.group.name} has ended`);
      if (currentTask() !== self.task) this.ledger.break(`${self.name} runs in ${currentTask()}`);
      yield* this.statement(self, statement);
    }
  }

  private *statement(self: TaskNote, statement: Statement): Coroutine<void> {
    switch (statement.do) {
      case "sleep":
        return yield* this.rules.plain(self, sleep(statement.seconds));
      case "raise":
        if (self.cleaning > 0) self.excused = true;
        throw this.ledger.fail();
      case "cancel":
        return this.cancel(statement.task);
      case "cancelGroup": {
        const group = this.taskGroups.get(statement.group);
        if (group === undefined) return;
        this.disturbed.add(group);
        return group.cancel();
      }
      case "abort":
        return this.signals[statement.signal]?.abort(new Error("aborted"));
      case "spawn":
        return this.spawn(statement);
      case "group":
        return yield* this.group(self, statement);
      case "timeout":
        return yield* this.timeout(self, statement);
      case "abortable":
        return yield* this.abortable(self, statement);
      case "waitFor":
        return yield* this.waitFor(self, statement);
      case "gather":
        return yield* this.gather(self, statement);
      case "await":
        return yield* this.waits.await(self, statement);
      case "shield":
        return yield* this.waits.shield(self, statement);
      case "wait":
        return yield* this.waits.wait(self, statement);
      case "hold":
        return yield* this.primitives.hold(self, statement.what, () => this.block(self, statement.body));
      case "notified":
        return yield* this.notified(self, statement.body);
      case "notify":
        return this.primitives.notify(statement.all);
      case "event":
        return yield* this.primitives.handleEvent(self, statement.what);
      case "queue":
        return yield* this.primitives.handleQueue(self, statement.what);
      case "barrier":
        return yield* this.primitives.passBarrier(self);
      case "iterate":
        yield* iterate((who, block) => this.block(who, block), this.ledger, self, statement);
        return yield* this.rules.probe(self, "an iteration");
      case "try":
        return yield* this.try(self, statement);
    }
  }

  private *notified(self: TaskNote, body: Block): Coroutine<void> {
    yield* this.primitives.hold(
      self,
      "condition",
      function* (this: Interpreter): Coroutine<void> {
        yield* this.primitives.notified(self);
        yield* this.block(self, body);
      }.bind(this),
    );
  }

  /** Not one that is done: that would mark its error as seen. */
  private cancel(name: string): void {
    const task = this.ledger.tasks.get(name);
    if (task?.done() === false) task.cancel();
  }

  // ------------------------------------------------------------------ waits

  // ------------------------------------------------------------------ blocks

  private *timeout(self: TaskNote, { seconds, move, body }: Do<"timeout">): Coroutine<void> {
    const limit = timeout(seconds);
    yield* this.rules.scope(
      self,
      () => (limit.expired() ? 1 : 0),
      () =>
        asyncWith(
          limit,
          function* (this: Interpreter) {
            if (move !== null) limit.reschedule(move);
            yield* this.block(self, body);
          },
          this,
        ),
    );
  }

  private *abortable(self: TaskNote, { signal, body }: Do<"abortable">): Coroutine<void> {
    const scope = abortable((this.signals[signal] as AbortController).signal);
    yield* this.rules.scope(
      self,
      () => (scope.aborted() ? 1 : 0),
      () => asyncWith(scope, () => this.block(self, body)),
    );
  }

  private *waitFor(self: TaskNote, { seconds, body }: Do<"waitFor">): Coroutine<void> {
    if (seconds === null || seconds > 0) {
      return yield* this.rules.scope(
        self,
        null,
        () => waitFor(this.block(self, body), seconds),
        () => seconds === null,
      );
    }
    // Without any time it is a task of its own, which never begins unless it is eager.
    const note = this.ledger.note(`${self.name}.w`, null);
    note.awaited = true;
    self.waitsFor.add(note);
    yield* this.rules.scope(
      self,
      () => 0,
      () => this.rules.others(self, waitFor(this.body(note, body), seconds)),
    );
    if (note.task !== null && !this.eager) this.ledger.break("waitFor has begun a coroutine without any time");
  }

  private *group(self: TaskNote, { group: name, early, signal, body }: Do<"group">): Coroutine<void> {
    const group = new TaskGroup();
    const note: GroupNote = { name, owner: self, children: [], ended: false };
    this.taskGroups.set(name, group);
    this.ledger.groups.set(name, note);
    if (early) {
      this.disturbed.add(group);
      group.cancel();
    }
    const { signal: aborts } = this.signals[signal ?? 0] as AbortController;
    let left: unknown = null;
    const run = () =>
      asyncWith(
        group,
        function* (this: Interpreter) {
          using _ = signal === null ? null : cancelOnAbort(aborts, group);
          try {
            yield* this.block(self, body);
          } catch (error) {
            left = error;
            throw error;
          }
        },
        this,
      );
    const failed = (task: Task<unknown>) => !task.cancelled() && task.exception() !== null;
    const quiet = () =>
      !this.disturbed.has(group) && !(signal !== null && aborts.aborted) && !note.children.some(failed);
    const { ledger } = this;
    yield* this.rules.scope(
      self,
      null,
      function* () {
        try {
          yield* run();
        } catch (error) {
          // As in CPython, a cancellation from outside may take the place of the block's own error.
          ledger.replace(left, error);
          throw error;
        } finally {
          note.ended = true;
          for (const child of note.children)
            if (!child.done()) ledger.break(`${child} runs on after its group ${name}`);
        }
      },
      quiet,
    );
  }

  private spawn({ group: name, task: taskName, eager, body }: Do<"spawn">): void {
    const group = name === null ? null : this.taskGroups.get(name);
    if (group === undefined) return;
    const groupNote = name === null ? null : (this.ledger.groups.get(name) as GroupNote);
    const coroutine = this.body(this.ledger.note(taskName, groupNote), body);
    const options = eager ? { name: taskName, eagerStart: true } : { name: taskName };
    try {
      const task = group === null ? createTask(coroutine, options) : group.createTask(coroutine, options);
      groupNote?.children.push(task);
      if (group !== null && this.disturbed.has(group) && !task.done() && this.ledger.timesAsked(task) === 0) {
        this.ledger.break(`${taskName} was made in a group that is cancelled, and is not cancelled`);
      }
      this.ledger.tasks.set(taskName, task);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
    }
  }

  private *gather(self: TaskNote, { bodies, ...options }: Do<"gather">): Coroutine<void> {
    const { ledger } = this;
    const coroutines = bodies.map((body, i) => {
      const note = ledger.note(`${self.name}.${i}`, null);
      note.awaited = true;
      self.waitsFor.add(note);
      return this.body(note, body);
    });
    const notes = [...self.waitsFor].slice(-bodies.length);
    self.gathered = options.cancelOnError && !options.returnExceptions ? notes : [];
    yield* this.rules.others(
      self,
      gather(coroutines, { returnExceptions: options.returnExceptions as false, cancelOnError: options.cancelOnError }),
    );
    yield* this.rules.probe(self, "gather");
  }

  // ------------------------------------------------------------------ try

  private *try(self: TaskNote, { how, body, handler }: Do<"try">): Coroutine<void> {
    if (how === "finally") {
      yield* finallyDo(
        this.ledger,
        self,
        () => this.block(self, body) as Generator<Suspend, void, unknown>,
        () => this.block(self, handler),
      );
    } else {
      try {
        yield* this.block(self, body);
      } catch (error) {
        if (how === "errors" ? isBaseException(error) : !isCancelled(error)) throw error;
        if (how === "refuse") this.refuse(self);
        else this.ledger.see(error);
        yield* this.block(self, handler);
      }
    }
    yield* this.rules.probe(self, how);
  }

  private refuse(self: TaskNote): void {
    const task = self.task as Task<unknown>;
    self.foreign = false;
    while (task.cancelling() > 0) {
      self.takenBack++;
      task.uncancel();
    }
  }
}
