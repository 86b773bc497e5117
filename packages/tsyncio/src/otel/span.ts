/** A span around a block. */

import type { Span, SpanOptions } from "@opentelemetry/api";
import { ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { GeneratorExit, RuntimeError } from "../base/errors.ts";
import { lazyOf } from "../base/lazy.ts";
import { leftWithoutError } from "../base/notCompiled.ts";
import { asyncWith } from "../iteration/asyncWith.ts";
import { checkBody } from "../iteration/awaitable.ts";
import { thenable, thenableMethods } from "../kernel/coroutines.ts";
import type { Awaitable, ContextMethod, Coroutine, CoroutineObject, Native } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { sleep } from "../tasks/sleep.ts";
import { api, tracer } from "./api.ts";
import { endFailed } from "./outcome.ts";
import { restore, runWithin } from "./steps.ts";

/**
 * A span that begins and ends with a block. Spans that are made in the block, by this or by other libraries, are its
 * children, and so are those of the tasks and promises that the block begins:
 *
 *     yield* asyncWith(span("load user"), function* ({ span }) {
 *       span.setAttribute("user.id", id);
 *       return yield* load(id);
 *     });
 *
 * `options` are OpenTelemetry's: `attributes`, `kind`, `links`, `root` and `startTime`. A block that ends by an
 * exception records it, and its span has the status ERROR; one that is cancelled has the attribute `tsyncio.cancelled`.
 * Both ends of the block let the other tasks have one turn: only a new step of the task can run in another context.
 *
 * @throws RuntimeError if the package @opentelemetry/api is not installed. TypeError for an option that there is not.
 */
export function span(name: string, options?: SpanOptions | null): SpanScope {
  return new SpanScope(name, options);
}

/**
 * Calls `body` with OpenTelemetry's span inside `span(name, options)`, and returns its result. OpenTelemetry's
 * `startActiveSpan`:
 *
 *     const user = yield* withSpan("load user", () => load(id));
 */
export const withSpan: <R>(
  name: string,
  body: (span: Span) => Awaitable<R> | Native<R>,
  options?: SpanOptions | null,
) => CoroutineObject<R> = /* @__PURE__ */ thenable(function* withSpan(
  name: string,
  body: (span: Span) => Awaitable<unknown>,
  options?: SpanOptions | null,
): Coroutine<unknown> {
  checkBody(body, "withSpan");
  const scope = span(name, options);
  return yield* asyncWith(scope, () => lazyOf(body)(scope.span));
}) as never;

/** What `span` returns: a block, entered once. */
export class SpanScope {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(SpanScope);
  readonly name: string;
  private readonly options: SpanOptions;
  private opened: Span | null = null;
  /** The task that runs the block; null before it and after it. */
  private task: Task<unknown> | null = null;
  /** What surrounds the block. */
  private before: unknown = undefined;

  /** @internal */
  constructor(name: string, options: SpanOptions | null | undefined) {
    if (typeof name !== "string") throw new TypeError(`the name of a span must be a string, got ${describe(name)}`);
    const names = { attributes: true, kind: true, links: true, root: true, startTime: true } as const;
    this.name = name;
    this.options = ownOptions("span", options, names);
    api();
  }

  /**
   * OpenTelemetry's span.
   *
   * @throws RuntimeError before the block.
   */
  get span(): Span {
    if (this.opened === null) throw new RuntimeError(`the span ${describe(this.name)} has not been entered`);
    return this.opened;
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    if (this.opened !== null) {
      throw new RuntimeError(`the span ${describe(this.name)} has already been entered: make one for each block`);
    }
    const task = kernel.currentTask;
    if (task === null) throw new RuntimeError("a span should be used inside a task");
    const { context, trace } = api();
    const outer = context.active();
    this.opened = tracer().startSpan(this.name, this.options, outer);
    this.task = task;
    this.before = runWithin(task, trace.setSpan(outer, this.opened));
    let entered = false;
    try {
      yield* sleep(0);
      entered = true;
    } catch (error) {
      yield* this.leave(error);
      throw error;
    } finally {
      if (!entered) this.end(new GeneratorExit()); // unless it has ended
    }
    return this;
  }

  aexit(error: unknown): ContextMethod<void>;
  *aexit(error: unknown): Coroutine<void> | ContextMethod<void> {
    yield* this.leave(error ?? null);
  }

  /**
   * For the type of `await using`, which is compiled to `aenter` and `aexit`.
   *
   * @throws RuntimeError in a module that is not compiled: JavaScript does not tell the error that has ended the block.
   */
  [ASYNC_DISPOSE](): PromiseLike<void> {
    throw leftWithoutError(this);
  }

  toString(): string {
    const state = this.opened === null ? "new" : this.task === null ? "ended" : "open";
    return `<${this.constructor.name} ${describe(this.name)} [${state}]>`;
  }

  private *leave(error: unknown): Coroutine<void> {
    if (this.task === null) return;
    this.end(error);
    // A coroutine that is being closed must not wait.
    if (!(error instanceof GeneratorExit)) yield* sleep(0);
  }

  private end(error: unknown): void {
    const { task, span } = this;
    if (task === null) return;
    this.task = null;
    // An async generator may be closed by another task than the one that has entered the block.
    if (task === kernel.currentTask) restore(task, this.before);
    this.before = undefined;
    if (error === null || error instanceof GeneratorExit) span.end();
    else endFailed(span, error);
  }
}
