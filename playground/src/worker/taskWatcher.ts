/** Tells the page what becomes of each task. */

import { addInstrument, type Future, type Instrument, removeInstrument, type Task } from "tsyncio";
import { waitText } from "../../../packages/tsyncio/src/diagnostics/waits.ts";
import { CANCELLED, RESULT } from "../../../packages/tsyncio/src/kernel/flags.ts";
import { kernel } from "../../../packages/tsyncio/src/kernel/state.ts";
import type { TaskEvent } from "../protocol.ts";
import type { Tell } from "./main.ts";

type AnyTask = Task<unknown>;

/** How many events are told: a program with a million tasks must not fill the memory. */
const EVENTS = 4000;
/** How many characters of a name, or of what is waited for. */
const LENGTH = 300;

export class TaskWatcher implements Instrument {
  private readonly tell: Tell;
  private readonly ids = new WeakMap<AnyTask, number>();
  /** Have suspended for the first time: their function is known as soon as they do not run any more. */
  private readonly unnamed = new Set<AnyTask>();
  private readonly named = new WeakSet<AnyTask>();
  private next = 1;
  private left = EVENTS;
  private began: number | null = null;

  constructor(tell: Tell) {
    this.tell = tell;
  }

  watch(): void {
    addInstrument(this);
  }

  stop(): void {
    removeInstrument(this);
  }

  taskCreated(task: AnyTask): void {
    this.nameSuspended();
    if (task.getLoop()._ending) return; // run() ends by tasks that are none of the program's
    this.ids.set(task, this.next++);
    this.note(task, "created", task.getName());
  }

  stepBegan(task: AnyTask): void {
    this.nameSuspended();
    this.note(task, "runs");
  }

  blocked(task: AnyTask, _future: Future<unknown> | null): void {
    this.note(task, "waits", waitText(task));
    if (this.named.has(task) || !this.ids.has(task)) return;
    this.unnamed.add(task);
    if (this.unnamed.size === 1) queueMicrotask(() => this.nameSuspended());
  }

  woken(task: AnyTask, _future: Future<unknown>, by: AnyTask | null): void {
    this.nameSuspended();
    this.note(task, "ready", by?.getName() ?? "");
  }

  cancelled(task: AnyTask, by: AnyTask | null): void {
    this.note(task, "cancel", by?.getName() ?? "");
  }

  taskDone(task: AnyTask): void {
    if (task._state === RESULT) this.note(task, "returned");
    else if (task._state === CANCELLED) this.note(task, "cancelled");
    else this.note(task, "failed", String(task._value).split("\n")[0]);
  }

  private nameSuspended(): void {
    for (const task of this.unnamed) {
      if (task === kernel.currentTask) continue;
      this.unnamed.delete(task);
      this.named.add(task);
      const name = task.done() ? undefined : task.getStack()[0]?.name;
      if (name !== undefined) this.note(task, "named", `${task.getName()} ${name}()`);
    }
  }

  private note(task: AnyTask, what: TaskEvent["what"], text = ""): void {
    const id = this.ids.get(task);
    if (id === undefined || this.left === 0) return;
    this.left--;
    const now = task.getLoop().time();
    this.began ??= now;
    const seconds = Math.max(0, now - this.began);
    this.tell({ type: "task", task: id, seconds, what, text: text.slice(0, LENGTH) });
  }
}
