/** Which task awaits which, and which wait in a circle. */

import type { TaskData, ThreadData } from "./snapshot.ts";

/** How many circles are looked for. */
const CIRCLES = 10;

export class Graph {
  readonly tasks: ReadonlyMap<number, TaskData>;
  /** The tasks that each task awaits, in the order in which they were made. */
  readonly children: ReadonlyMap<number, ReadonlySet<TaskData>>;
  /** The tasks that no other awaits. */
  readonly roots: readonly TaskData[];
  /** The tasks that cannot go on: each waits for another of them. */
  readonly stuck: ReadonlySet<TaskData>;
  /** Ten of them where there are more. A task is in one at most. */
  readonly circles: readonly (readonly TaskData[])[];

  constructor(thread: ThreadData) {
    this.tasks = new Map(thread.tasks.map((task) => [task.id, task]));
    const awaitedBy = new Map<number, Set<number>>();
    for (const task of thread.tasks) {
      if (task.via !== "hold") for (const child of task.on) put(awaitedBy, child, task.id);
      for (const parent of task.awaitedBy) if (this.tasks.has(parent)) put(awaitedBy, task.id, parent);
    }
    const children = new Map<number, Set<TaskData>>();
    for (const task of thread.tasks) for (const parent of awaitedBy.get(task.id) ?? []) put(children, parent, task);
    this.children = children;
    this.roots = thread.tasks.filter((task) => !awaitedBy.has(task.id));
    this.stuck = this.findStuck(thread.tasks);
    this.circles = this.findCircles();
  }

  /** The tasks whose end, or whose release of a lock, would end the task's wait. */
  next(task: TaskData): TaskData[] {
    return task.on.map((id) => this.tasks.get(id)).filter((found) => found !== undefined);
  }

  /** From each stuck task to the first stuck one that it waits for, until they meet. */
  private findCircles(): TaskData[][] {
    const circles: TaskData[][] = [];
    const seen = new Set<TaskData>();
    for (const start of this.stuck) {
      const path: TaskData[] = [];
      let task = start;
      for (; !seen.has(task); task = this.next(task).find((one) => this.stuck.has(one)) as TaskData) {
        seen.add(task);
        path.push(task);
      }
      const first = path.indexOf(task);
      if (first >= 0 && circles.push(path.slice(first)) === CIRCLES) break;
    }
    return circles;
  }

  /** Of several tasks that hold what is waited for, one that goes on is enough. */
  private findStuck(tasks: readonly TaskData[]): Set<TaskData> {
    const stuck = new Set(tasks);
    const goesOn = (task: TaskData): boolean => !stuck.has(task);
    let todo = [...tasks];
    for (let before = -1; before !== todo.length; ) {
      before = todo.length;
      // To and fro: in one of the directions a chain is through at once.
      todo = todo.reverse().filter((task) => {
        const next = this.next(task);
        const free = next.every(goesOn) || (task.via === "hold" && next.some(goesOn));
        return !(free && stuck.delete(task));
      });
    }
    return stuck;
  }
}

/** Into the set that the key has. */
export function put<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  sets.get(key)?.add(value) ?? sets.set(key, new Set([value]));
}
