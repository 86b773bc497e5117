/**
 * Uniform random walk over interleavings (Zhao and others, ASPLOS 2025): each option as likely as it has events left,
 * so that a task with many steps is not always the last. How many a task has is learnt from the runs before.
 */

import { Task } from "../../kernel/task.ts";
import type { Candidates, Choices } from "../choices.ts";
import { actorOf } from "../models.ts";
import type { Random } from "../random.ts";
import type { Strategy } from "./strategy.ts";

export class UniformStrategy implements Strategy {
  readonly name = "uniform";
  /** How many events the task of that name has had, at most, in a run. */
  private readonly expected = new Map<string | number, number>();
  private readonly done = new Map<string | number, number>();
  private random: Random | null = null;
  private weights: number[] = [];

  begin(random: Random): boolean {
    this.random = random;
    this.done.clear();
    return true;
  }

  pick(count: number, candidates: Candidates): number {
    const { weights } = this;
    let total = 0;
    for (let i = 0; i < count; i++) {
      const weight = this.left(nameOf(candidates, i));
      weights[i] = weight;
      total += weight;
    }
    let rest = (this.random as Random).next() * total;
    let index = 0;
    while (index < count - 1) {
      rest -= weights[index] as number;
      if (rest < 0) break;
      index++;
    }
    const name = nameOf(candidates, index);
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    return index;
  }

  end(_choices: Choices): void {
    for (const [name, count] of this.done) {
      if (count > (this.expected.get(name) ?? 0)) this.expected.set(name, count);
    }
  }

  private left(name: string | number): number {
    const left = (this.expected.get(name) ?? 1) - (this.done.get(name) ?? 0);
    return left > 1 ? left : 1;
  }
}

/** Tasks of different runs are the same if they have the same name. All others count as one. */
function nameOf(candidates: Candidates, index: number): string | number {
  const actor = actorOf(candidates.candidate(index));
  return actor instanceof Task ? actor._name : "";
}
