/** The tasks as a tree, as `pstree` draws processes: each under the one that awaits it. */

import { Graph, put } from "./graph.ts";
import type { Place, TaskData, ThreadData } from "./snapshot.ts";
import { bothEnds, cancellation, doing, placeWords } from "./words.ts";

/** What a piece of a line is, for a terminal's colours. */
export type Kind = "name" | "frame" | "circle" | "branch" | "cancelled";

export interface TreeOptions {
  /** The whole stack of each task in lines of its own, instead of the innermost frame behind it. */
  frames?: boolean;
  /** At most this many tasks are drawn. */
  limit?: number;
  paint?: (kind: Kind, text: string) => string;
}

/** Equal tasks beside each other are drawn as one if there are at least this many. */
const EQUAL = 4;
/** What lies deeper is drawn as a tree of its own. */
const LEVELS = 40;

/** A task to be drawn, or several that are equal. */
interface Branch {
  readonly tasks: readonly TaskData[];
  readonly first: string;
  readonly rest: string;
  readonly level: number;
}

/** A line for each task, frames and circles beneath. A task that several await is drawn once in full. */
export function treeLines(thread: ThreadData, options: TreeOptions = {}): string[] {
  return new Tree(thread, options).draw();
}

class Tree {
  private readonly lines: string[] = [];
  /** How many branches have been drawn. */
  private count = 0;
  private readonly drawn = new Set<TaskData>();
  /** What lay too deep. */
  private readonly later: TaskData[] = [];
  /** The circles that are to be drawn, under the first of their members that is. */
  private readonly circles: Set<readonly TaskData[]>;
  private readonly circleOf = new Map<TaskData, readonly TaskData[]>();
  private readonly graph: Graph;
  private readonly thread: ThreadData;
  private readonly options: TreeOptions;
  private readonly paint: (kind: Kind, text: string) => string;

  constructor(thread: ThreadData, options: TreeOptions) {
    this.thread = thread;
    this.options = options;
    this.paint = options.paint ?? ((_, text) => text);
    this.graph = new Graph(thread);
    this.circles = new Set(this.graph.circles);
    for (const circle of this.circles) for (const task of circle) this.circleOf.set(task, circle);
  }

  draw(): string[] {
    this.drawAll(this.graph.roots);
    // What is left after those awaits in circles.
    for (const tasks of [this.later, this.thread.tasks]) for (const task of tasks) this.drawAll([task]);
    // Of tasks that are not drawn.
    for (const circle of this.circles) this.drawCircle(circle, "");
    return this.lines;
  }

  private drawAll(roots: readonly TaskData[]): void {
    const { limit = Number.POSITIVE_INFINITY } = this.options;
    const todo = this.fold(roots.filter((task) => !this.drawn.has(task)))
      .map((tasks): Branch => ({ tasks, first: "", rest: "", level: 0 }))
      .reverse();
    for (let branch = todo.pop(); branch !== undefined; branch = todo.pop()) {
      if (this.count >= limit) return this.more();
      this.drawBranch(branch, todo);
    }
  }

  /** The tasks that are left count as drawn. */
  private more(): void {
    const left = this.thread.tasks.filter((task) => !this.drawn.has(task));
    if (left.length > 0) this.lines.push(`and ${left.length} more`);
    for (const task of left) this.drawn.add(task);
  }

  private drawBranch({ tasks, first, rest, level }: Branch, todo: Branch[]): void {
    const [task] = tasks as [TaskData];
    this.count++;
    const seen = this.drawn.has(task);
    if (seen || (level > LEVELS && this.graph.children.has(task.id))) {
      this.lines.push(`${this.paint("branch", first)}${task.name}: see ${seen ? "above" : "below"}`);
      this.later.push(task); // nothing more if it was seen
      return;
    }
    for (const one of tasks) this.drawn.add(one);
    const children = this.fold([...(this.graph.children.get(task.id) ?? [])]);
    this.lines.push(this.paint("branch", first) + this.describe(tasks));
    const below = rest + (children.length > 0 ? "│   " : "    ");
    for (const place of this.options.frames ? this.stackOf(task) : []) {
      this.lines.push(this.paint("branch", below) + this.paint("frame", `at ${placeWords(place)}`));
    }
    this.drawCircle(this.circleOf.get(task) ?? [], below);
    for (let i = children.length - 1; i >= 0; i--) {
      const [first, more] = i === children.length - 1 ? ["└── ", "    "] : ["├── ", "│   "];
      todo.push({ tasks: children[i] as TaskData[], first: rest + first, rest: rest + more, level: level + 1 });
    }
  }

  private drawCircle(circle: readonly TaskData[], below: string): void {
    if (!this.circles.delete(circle)) return;
    const draw = (text: string): void => void this.lines.push(this.paint("branch", below) + this.paint("circle", text));
    draw("in a circle:");
    bothEnds(
      circle,
      (task) => draw(`  ${task === circle[0] ? "╭─> " : "│   "}${task.name} ${this.doing(task)}`),
      (left) => draw(`  │   … ${left} more …`),
    );
    draw("  ╰──");
  }

  private describe(tasks: readonly TaskData[]): string {
    const [task] = tasks as [TaskData];
    const stack = this.stackOf(task);
    const [inner] = stack;
    const outer = stack.at(-1);
    const { frames = false } = this.options;
    const names = tasks.length === 1 ? task.name : `${task.name} … ${tasks.at(-1)?.name} (× ${tasks.length})`;
    const label = frames || outer === undefined ? "" : ` ${outer.name}()`;
    const where = frames || inner === undefined ? "" : `, at ${inner.name} (${inner.file}:${inner.line})`;
    const cancelled = cancellation(task);
    const note = cancelled === "" ? "" : `, ${this.paint("cancelled", cancelled)}`;
    return `${this.paint("name", names)}${label}${frames ? " " : ": "}${this.doing(task)}${note}${where}`;
  }

  private doing(task: TaskData): string {
    return doing(task, (id) => this.graph.tasks.get(id)?.name);
  }

  private stackOf(task: TaskData): readonly Place[] {
    return this.thread.stacks[task.stack] ?? [];
  }

  /** Tasks that stand at the same place, wait for the same and are awaited by no other of them. */
  private fold(tasks: readonly TaskData[]): (readonly TaskData[])[] {
    if (tasks.length < EQUAL) return tasks.map((task) => [task]);
    const groups = new Map<string, Set<TaskData>>();
    /** A task whose stack was not read counts with the first task that waits for the same. */
    const firstStack = new Map<string, number>();
    for (const task of tasks) {
      const alone = this.circleOf.has(task) || this.graph.children.has(task.id) || this.drawn.has(task);
      const { state, waitsFor, on, cancelling } = task;
      const wait = [state, cancelling, on, waitsFor?.replace(/\d+/g, "#")].join();
      const unread = waitsFor !== null && this.thread.stacks[task.stack] === undefined;
      const stack = unread ? (firstStack.get(wait) ?? task.stack) : task.stack;
      if (!firstStack.has(wait)) firstStack.set(wait, stack);
      put(groups, alone ? `${task.id}` : `${stack},${wait}`, task);
    }
    return [...groups.values()].flatMap((group) =>
      group.size < EQUAL ? [...group].map((task) => [task]) : [[...group]],
    );
  }
}
