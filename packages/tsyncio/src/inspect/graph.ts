/** Which task awaits which, and which wait in a circle. */

import type { TaskData, ThreadData } from "./snapshot.ts";

/** How many circles are looked for. */
const CIRCLES = 10;

export class Graph {
  readonly tasks: ReadonlyMap<number, TaskData>;
  /** The tasks that each task awaits, in the order in which they were made. */
  readonly children: ReadonlyMap<number, readonly TaskData[]>;
  /** The tasks that no other awaits. */
  readonly roots: readonly TaskData[];
  readonly circles: readonly (readonly TaskData[])[];

  constructor(thread: ThreadData) {
    this.tasks = new Map(thread.tasks.map((task) => [task.id, task]));
    const awaitedBy = new Map<number, Set<number>>();
    const add = (child: number, parent: number): void => {
      const parents = awaitedBy.get(child);
      if (parents === undefined) awaitedBy.set(child, new Set([parent]));
      else parents.add(parent);
    };
    for (const task of thread.tasks) {
      if (task.via !== "hold") for (const child of task.on) add(child, task.id);
      for (const parent of task.awaitedBy) if (this.tasks.has(parent)) add(task.id, parent);
    }
    const children = new Map<number, TaskData[]>();
    for (const task of thread.tasks) {
      for (const parent of awaitedBy.get(task.id) ?? []) {
        const siblings = children.get(parent);
        if (siblings === undefined) children.set(parent, [task]);
        else siblings.push(task);
      }
    }
    this.children = children;
    this.roots = thread.tasks.filter((task) => !awaitedBy.has(task.id));
    this.circles = this.findCircles(thread.tasks);
  }

  /** The tasks whose end, or whose release of a lock, would end the task's wait. */
  next(task: TaskData): TaskData[] {
    return task.on.map((id) => this.tasks.get(id)).filter((found) => found !== undefined);
  }

  /** Without recursion: chains of tasks may be long. */
  private findCircles(tasks: readonly TaskData[]): TaskData[][] {
    const circles: TaskData[][] = [];
    const seen = new Set<TaskData>();
    const path: TaskData[] = [];
    const onPath = new Set<TaskData>();
    const branches: TaskData[][] = [];
    const enter = (task: TaskData): void => {
      seen.add(task);
      onPath.add(task);
      path.push(task);
      branches.push(this.next(task).reverse());
    };
    for (const start of tasks) {
      if (!seen.has(start) && start.on.length > 0) enter(start);
      while (path.length > 0) {
        const task = branches.at(-1)?.pop();
        if (task === undefined) {
          onPath.delete(path.pop() as TaskData);
          branches.pop();
        } else if (onPath.has(task)) {
          circles.push(path.slice(path.indexOf(task)));
          if (circles.length === CIRCLES) return circles;
        } else if (!seen.has(task)) enter(task);
      }
    }
    return circles;
  }
}
