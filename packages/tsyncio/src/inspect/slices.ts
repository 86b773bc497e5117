/**
 * A look in parts, as they are sent: a program stands still for each, so that what many tasks have in common is told
 * once.
 */

import type { Place, TaskData } from "./snapshot.ts";

/** What is a task's own, besides its number and its name. */
export type Own = Pick<TaskData, "waited" | "longer" | "shared">;
/** What tasks at the same place that wait for the same have in common. */
export type Common = Omit<TaskData, "id" | "name" | keyof Own>;
/** A task: `common` is a place in the list of all `commons` so far. */
export type Row = readonly [id: number, name: string, common: number, own?: Own];

/** A task that waits for more tasks than this is told of in several parts. */
export const WIDE = 1000;

export interface Slice {
  readonly rows: Row[];
  /** New ones. */
  readonly commons: Common[];
  /** New ones. */
  readonly stacks: Place[][];
  /** More tasks that a task waits for, beside those in its `on`. */
  readonly more: (readonly [id: number, on: readonly number[]])[];
  /** How much is left to be described, in tasks; 0 is the end. */
  left: number;
}

/** Puts the parts together. */
export class Slices {
  readonly tasks: TaskData[] = [];
  readonly stacks: (readonly Place[])[] = [];
  private readonly commons: Common[] = [];
  /** What tasks wait for of which more may be told. */
  private readonly wide = new Map<number, number[]>();

  add({ rows, commons, stacks, more }: Slice): void {
    for (const common of commons) this.commons.push(common);
    for (const stack of stacks) this.stacks.push(stack);
    for (const [id, name, place, own] of rows) {
      const common = this.commons[place] as Common;
      const on = common.on.length < WIDE ? common.on : [...common.on];
      if (on !== common.on) this.wide.set(id, on as number[]);
      this.tasks.push({ id, name, ...common, on, ...own });
    }
    for (const [id, on] of more) for (const other of on) this.wide.get(id)?.push(other);
  }
}
