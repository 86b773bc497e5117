/** A span for each task. */

import type { Span } from "@opentelemetry/api";
import { loopsOfThread } from "../diagnostics/look.ts";
import { CANCELLED, FAILED } from "../kernel/flags.ts";
import { addInstrument, type Instrument, removeInstrument } from "../kernel/instrument.ts";
import { kernel } from "../kernel/state.ts";
import type { Task } from "../kernel/task.ts";
import { api, tracer } from "./api.ts";
import { endCancelled, endFailed } from "./outcome.ts";
import { runWithin } from "./steps.ts";

type AnyTask = Task<unknown>;

/** Of a task that the program has given no name: its number would make each span a kind of its own. */
const UNNAMED = "task";
const NAME = "tsyncio.task.name";

/**
 * From its making to its end each task has a span: the child of what its maker was in, and the parent of what is made
 * in it.
 */
export class TaskSpans implements Instrument {
  private readonly chosen: (task: AnyTask) => boolean;
  private readonly spans = new WeakMap<AnyTask, Span>();

  constructor(chosen: (task: AnyTask) => boolean) {
    this.chosen = chosen;
    addInstrument(this);
  }

  taskCreated(task: AnyTask): void {
    // What closes async generators and the executor at the end of a run is none of the program's.
    if (task._loop._ending && kernel.runningLoop === null) return;
    if (!this.chosen(task)) return;
    const { context, trace } = api();
    const outer = context.active();
    const attributes = { [NAME]: task.getName() };
    const span = tracer().startSpan(this.nameOf(task), { attributes }, outer);
    this.spans.set(task, span);
    runWithin(task, trace.setSpan(outer, span));
  }

  cancelled(task: AnyTask, by: AnyTask | null): void {
    this.spans.get(task)?.addEvent("cancel", by === null ? {} : { "tsyncio.cancelled_by": by.getName() });
  }

  taskDone(task: AnyTask): void {
    const span = this.spans.get(task);
    if (span === undefined) return;
    this.spans.delete(task);
    span.updateName(this.nameOf(task)).setAttribute(NAME, task.getName()); // it may have been renamed
    // `exception()` would count as having asked for it.
    if (task._state === CANCELLED) endCancelled(span);
    else if (task._state === FAILED) endFailed(span, task._value);
    else span.end();
  }

  /** The spans of tasks that are not done end here: what is not ended is not exported. */
  disable(): void {
    if (kernel.instrument?.has(this)) removeInstrument(this); // else it has thrown
    for (const loop of loopsOfThread()) {
      for (let task = loop._tasks.first; task !== null; task = task._next) {
        this.spans.get(task)?.end();
        this.spans.delete(task);
      }
    }
  }

  private nameOf(task: AnyTask): string {
    return typeof task._name === "number" ? UNNAMED : task._name;
  }
}
