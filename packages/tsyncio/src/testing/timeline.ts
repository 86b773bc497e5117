/** The steps of a run in their order, as text. */

import { waitText } from "../diagnostics/waits.ts";
import { RESULT } from "../kernel/flags.ts";
import { Future } from "../kernel/future.ts";
import { Notice } from "../kernel/futureWaiters.ts";
import { Handle, TimerHandle } from "../kernel/handle.ts";
import type { Runnable } from "../kernel/queues/ready.ts";
import { Task } from "../kernel/task.ts";
import type { Candidates, Chooser, Deviation } from "./choices.ts";
import type { FailureStep } from "./exploration.ts";
import { actorOf } from "./models.ts";
import type { World } from "./world.ts";

/** The greatest number of rows: the first, those around deviations, and the last. */
const ROWS = 40;

/** Records a run: it is the chooser of the run, around the real one. Call `watch` before the run. */
export class Timeline implements Chooser {
  private readonly rows: FailureStep[] = [];
  private readonly labels = new Map<object, string>();
  private readonly ended = new Set<Task<unknown>>();
  private readonly chooser: Chooser;
  private world: World | null = null;

  constructor(chooser: Chooser) {
    this.chooser = chooser;
  }

  watch(world: World): void {
    this.world = world;
    world.ran = (runnable) => this.note(runnable);
  }

  pick(count: number, candidates: Candidates): number {
    const value = this.chooser.pick(count, candidates);
    if (value !== 0) {
      const [chosen, usual] = [candidates.candidate(value), candidates.candidate(0)];
      if (chosen === this.world?.clock) this.add(this.label(usual), "is as late as it may be", true);
      else if (value === count - 1 && chosen === this.world?._ready.at(0)) {
        this.add(this.label(usual), `is later than ${this.label(chosen)}`, true);
      } else this.add(this.label(chosen), `comes before ${this.label(usual)}`, true);
    }
    return value;
  }

  decide(p: number, label: string | undefined): boolean {
    const fault = this.chooser.decide(p, label);
    if (fault) this.add("(fault)", `${label ?? "a fault"} happens, with a probability of ${p}`, true);
    return fault;
  }

  cancels(n: number): boolean {
    const cancels = this.chooser.cancels(n);
    if (cancels) this.add("(explore)", "cancels the task above, where it waits", true);
    return cancels;
  }

  format(deviations: readonly Deviation[]): string {
    const rows = this.steps();
    const width = Math.min(40, Math.max(4, ...rows.map((row) => row?.task.length ?? 0)));
    const head = `     step   seconds  ${"task".padEnd(width)}  came to`;
    const lines = rows.map((row) => {
      if (row === null) return "        …";
      const mark = row.deviates ? ">" : " ";
      return `  ${mark} ${String(row.step).padStart(5)}  ${row.seconds.toFixed(4).padStart(8)}  ${row.task.padEnd(width)}  ${row.what}`;
    });
    const legend = deviations.length > 0 ? ["  > differs from the default order"] : [];
    return [head, ...lines, ...legend].join("\n");
  }

  /** Null where some are left out. */
  steps(): (FailureStep | null)[] {
    const { rows } = this;
    if (rows.length <= ROWS) return rows;
    const wanted = new Set<number>();
    rows.forEach((row, i) => {
      if (!row.deviates || wanted.size > ROWS / 2) return;
      for (let place = i - 2; place <= i + 2; place++) wanted.add(place);
    });
    for (let i = 0; wanted.size < ROWS && i < rows.length; i++) {
      wanted.add(rows.length - 1 - i);
      if (wanted.size < ROWS && i < ROWS / 8) wanted.add(i);
    }
    const chosen: (FailureStep | null)[] = [];
    rows.forEach((row, i) => {
      if (wanted.has(i)) chosen.push(row);
      else if (chosen.at(-1) !== null) chosen.push(null);
    });
    return chosen;
  }

  private add(task: string, what: string, deviates = false): void {
    const world = this.world as World;
    this.rows.push({ step: world.steps, seconds: world.clock.time, task, what, deviates });
  }

  private note(runnable: Runnable): void {
    if (runnable instanceof Task) {
      // One that has ended may come once more, to tell the tasks that wait for it.
      if (!this.ended.has(runnable)) this.add(this.label(runnable), progress(runnable));
      if (runnable.done()) this.ended.add(runnable);
    }
    // That a sleep or a task is over shows in the row of the task itself, or of the one that waits for it.
    else if (!(runnable instanceof Future) && !(runnable instanceof Notice) && !this.isMainEnded(runnable)) {
      this.add(this.label(runnable), "ran");
    }
  }

  private isMainEnded(runnable: Runnable): boolean {
    return runnable instanceof Handle && runnable._callback === this.world?.mainEnded;
  }

  private label(candidate: object): string {
    const actor = actorOf(candidate);
    const known = this.labels.get(actor);
    if (known !== undefined) return known;
    const label = this.newLabel(actor);
    // A task that has not begun does not show its function yet.
    if (!(actor instanceof Task) || label !== actor.getName()) this.labels.set(actor, label);
    return label;
  }

  private newLabel(actor: object): string {
    if (actor instanceof Task) return taskLabel(actor);
    if (actor instanceof Handle) return handleLabel(actor);
    if (actor instanceof Notice) return `the end of ${this.label(actor._future)}`;
    return otherLabel(actor);
  }
}

/** The name of the task and its outermost function, which only a suspended task shows. */
function taskLabel(task: Task<unknown>): string {
  const outermost = task.done() ? undefined : task.getStack()[0]?.name;
  return outermost === undefined ? task.getName() : `${task.getName()} ${outermost}()`;
}

/** To be called before the runnable runs: afterwards its callback is gone. */
function handleLabel(handle: Handle): string {
  const name = handle._callback?.name || "<anonymous>";
  return `${handle instanceof TimerHandle ? "timer" : "callback"} ${name}()`;
}

function otherLabel(actor: object): string {
  return (actor instanceof Future && actor._owner?.describeWait?.(actor)) || String(actor);
}

function progress(task: Task<unknown>): string {
  if (task.cancelled()) return "ends, cancelled";
  if (task.done()) {
    if (task._state === RESULT) return "ends";
    return `fails: ${firstLine(task._value)}`;
  }
  const frame = task.getStack().at(-1);
  const where = frame === undefined ? "" : `, at ${frame.name} (${shortPath(frame.file)}:${frame.line})`;
  return task._waitsFor === null ? `lets the others run${where}` : `waits for ${waitText(task)}${where}`;
}

function firstLine(error: unknown): string {
  return (String(error).split("\n")[0] as string).slice(0, 120);
}

function shortPath(file: string): string {
  return file.split(/[\\/]/).slice(-2).join("/");
}
