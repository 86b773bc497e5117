/** One run of a program: its trace, and the labels that tasks and coroutines have in it. */

import {
  Condition,
  ContextVar,
  type Coroutine,
  currentTask,
  type EventLoop,
  type Future,
  GeneratorExit,
  isfuture,
  Lock,
  Semaphore,
  type Suspend,
  Task,
} from "tsyncio";
import { canonical, showException } from "./exceptions.ts";
import type { AnyFunction, Form } from "./forms.ts";
import type { Json, Program, TraceEvent } from "./program.ts";
import { latin1 } from "./values.ts";

/** Durations and times of programs are in ticks of 1/64 s, so that sums of them are exact. */
export const TICKS = 64;

const MAX_EVENTS = 4_000;
const MAX_STEPS = 1_000_000;

/** The program does not end. No handler of a program catches it. */
export class TooLong extends Error {
  override readonly name = "TooLong";
}

export type Body = (...args: unknown[]) => Generator<Suspend, unknown, unknown>;

/** What the translated source returns. */
export interface Compiled {
  initialise(): void;
  functions: Record<string, AnyFunction>;
  managers: Record<string, { enter: Body; exit: Body }>;
}

/** The exception handler's argument. */
export interface HandlerContext {
  message?: string;
  exception?: unknown;
  task?: unknown;
}

/** A coroutine made by a `coro` node. The body of a root is the body of a task. */
interface CoroutineInfo {
  label: string;
  root: boolean;
}

export function seconds(ticks: unknown): number {
  return (ticks as number) / TICKS;
}

export function secondsOrNull(ticks: unknown): number | null {
  return ticks === null || ticks === undefined ? null : seconds(ticks);
}

export class Machine {
  readonly trace: TraceEvent[] = [];
  readonly variables = new Map<string, ContextVar<unknown>>();
  readonly functions = new Map<string, AnyFunction>();
  readonly managers = new Map<string, { enter: Body; exit: Body }>();
  loop!: EventLoop;
  /** After the last event nothing is recorded any more. */
  closed = false;
  private readonly labels = new Map<unknown, string>();
  private readonly labelled: Future<unknown>[] = [];
  private readonly infos = new Map<unknown, CoroutineInfo>();
  private readonly counts = new Map<string, number>();
  /** Garbage collection plays no part: all futures and generators live until the end. */
  private readonly kept: unknown[] = [];
  private readonly program: Program;
  private readonly run: (info: CoroutineInfo, body: Body, args: unknown[]) => Coroutine<unknown>;
  private steps = 0;

  constructor(program: Program, form: Form) {
    this.program = program;
    const machine = this;
    const run = function* root(info: CoroutineInfo, body: Body, args: unknown[]) {
      return yield* machine.runCoroutine(info, body, args);
    };
    this.run = form.wrap(run);
    for (const [name, ...initial] of program.ctxvars ?? []) {
      this.variables.set(name, new ContextVar<unknown>(name, initial.length > 0 ? { default: initial[0] } : {}));
    }
  }

  /** Takes over what the source of the program defines. */
  install(compiled: Compiled, form: Form): void {
    for (const [name, source] of Object.entries(this.program.funcs)) {
      const made = compiled.functions[name] as AnyFunction;
      this.functions.set(name, form.kinds[source.kind](made));
    }
    for (const [name, { enter, exit }] of Object.entries(compiled.managers)) {
      this.managers.set(name, { enter: form.kinds.async(enter), exit: form.kinds.async(exit) });
    }
  }

  // The trace

  event(kind: string, ...payload: Json[]): void {
    if (this.closed) {
      return;
    }
    const task = this.currentTask();
    const label = task === null ? null : this.labelOf(task);
    this.trace.push([this.now(), label, kind, ...payload]);
    if (this.trace.length > MAX_EVENTS) {
      this.closed = true;
      this.steps = MAX_STEPS;
    }
  }

  /** Ends programs that would run forever. */
  tick(): void {
    this.steps += 1;
    if (this.steps > MAX_STEPS) {
      throw new TooLong(`the program takes more than ${MAX_STEPS} steps or ${MAX_EVENTS} events`);
    }
  }

  /** The loop's time in ticks. */
  now(): number {
    return this.loop.time() * TICKS;
  }

  currentTask(): Task<unknown> | null {
    return currentTask(this.loop);
  }

  show(value: unknown): Json {
    if (value === null || value === undefined) {
      return null;
    }
    if (typeof value === "boolean" || typeof value === "number" || typeof value === "string") {
      return value;
    }
    if (value instanceof Uint8Array) {
      return latin1(value);
    }
    if (Array.isArray(value)) {
      return value.map((item) => this.show(item));
    }
    if (value instanceof Error) {
      return { exc: showException(value) };
    }
    if (value instanceof Task) {
      return { task: this.labelOf(value) };
    }
    if (isfuture(value)) {
      return { future: this.labelOf(value) };
    }
    // What `acquire()` returns: the lock itself, for `using`, where CPython returns True.
    return value instanceof Lock || value instanceof Semaphore || value instanceof Condition
      ? true
      : { obj: value.constructor.name };
  }

  /** The loop's default exception handler. */
  handler(context: HandlerContext): void {
    if (this.ignores(context)) {
      return;
    }
    this.event("handler", this.handlerMessage(context), this.show(context.exception), this.show(context.task));
  }

  /** Reports that depend on the garbage collector, or that are a RuntimeWarning in CPython. */
  ignores(context: HandlerContext): boolean {
    const message = context.message ?? "";
    if (message.startsWith("A coroutine was dropped")) return true;
    return message.endsWith(" exception was never retrieved") || message === "Task was destroyed but it is pending!";
  }

  handlerMessage(context: HandlerContext): string {
    const message = context.message ?? "";
    return canonical(message.startsWith("Exception in callback") ? "Exception in callback" : message);
  }

  /** The last event: all labelled tasks with their states. */
  final(): void {
    this.event(
      "final",
      this.labelled.map((task) => [this.labelOf(task), stateOf(task)]),
    );
  }

  // Labels

  labelOf(future: unknown): string {
    return this.labels.get(future) ?? "?";
  }

  label(future: unknown, label: string): void {
    this.labels.set(future, label);
  }

  keep<T>(object: T): T {
    this.kept.push(object);
    return object;
  }

  /** `["coro", name, argument...]` */
  coroutine(name: string, args: unknown[]): Coroutine<unknown> {
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    const info = { label: `${name}:${count}`, root: false };
    const made = this.keep(this.run(info, this.functions.get(name) as Body, args));
    this.infos.set(made, info);
    return made;
  }

  /** A coroutine that `Runner.run()` gets: its label is the name of its function. */
  main(name: string): Coroutine<unknown> {
    const made = this.coroutine(name, []);
    (this.infos.get(made) as CoroutineInfo).label = name;
    return made;
  }

  /**
   * Makes a task of a coroutine by `make`, which may be given a name. The coroutine is a root before that, for an
   * eager task runs at once; the task has its label after it, if its first step has not given it one.
   */
  makeTask<T>(coro: unknown, name: unknown, make: () => T): T {
    const info = this.infos.get(coro);
    const given = typeof name === "string" ? name : null;
    if (info !== undefined) {
      info.root = true;
      info.label = given ?? info.label;
    }
    const task = make();
    if (isfuture(task)) {
      this.keep(task);
      const label = given ?? info?.label;
      if (label !== undefined) {
        this.labelTask(task, label);
      }
    }
    return task;
  }

  private labelTask(task: Future<unknown>, label: string): void {
    if (!this.labels.has(task)) {
      this.labels.set(task, label);
      this.labelled.push(task);
    }
  }

  private *runCoroutine(info: CoroutineInfo, body: Body, args: unknown[]): Coroutine<unknown> {
    const task = this.currentTask();
    if (task !== null && !this.labels.has(task)) {
      this.labelTask(task, info.label);
      info.root = true;
    }
    let result: unknown;
    try {
      result = yield* body(...args);
    } catch (error) {
      if (info.root && !(error instanceof GeneratorExit)) {
        this.event("end", "raise", this.show(error));
      }
      throw error;
    }
    if (info.root) {
      this.event("end", "return", this.show(result));
    }
    return result;
  }
}

function stateOf(task: Future<unknown>): string {
  if (!task.done()) {
    return "pending";
  }
  if (task.cancelled()) {
    return "cancelled";
  }
  return task.exception() === null ? "returned" : "raised";
}
