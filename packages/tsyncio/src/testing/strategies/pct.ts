/**
 * Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010): random priorities, and `depth - 1` places
 * where the one that would go on becomes the last of all. A bug that needs `depth` orderings among `n` tasks and `k`
 * choices is found by one run with a probability of at least `1 / (n * k ** (depth - 1))`.
 */

import type { Candidates, Choices } from "../choices.ts";
import { actorOf } from "../models.ts";
import type { Random } from "../random.ts";
import type { Strategy } from "./strategy.ts";

export class PctStrategy implements Strategy {
  readonly name: string;
  private readonly depth: number;
  private readonly priorities = new Map<object, number>();
  private readonly changes = new Set<number>();
  private random: Random | null = null;
  /** The number of choices of a run: the most that a run has had. */
  private length = 8;
  private index = 0;
  private lowest = 0;

  constructor(depth: number) {
    this.depth = depth;
    this.name = `pct(${depth})`;
  }

  begin(random: Random): boolean {
    this.random = random;
    this.index = 0;
    this.lowest = 0;
    this.priorities.clear();
    this.changes.clear();
    for (let left = this.depth - 1; left > 0; left--) this.changes.add(random.below(this.length));
    return true;
  }

  pick(count: number, candidates: Candidates): number {
    let best = this.highest(count, candidates);
    if (this.changes.has(this.index++)) {
      this.priorities.set(actorOf(candidates.candidate(best)), --this.lowest);
      best = this.highest(count, candidates);
    }
    return best;
  }

  end(choices: Choices): void {
    if (choices.taken.length > this.length) this.length = choices.taken.length;
  }

  private highest(count: number, candidates: Candidates): number {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const priority = this.priority(actorOf(candidates.candidate(i)));
      if (priority > most) {
        most = priority;
        best = i;
      }
    }
    return best;
  }

  private priority(actor: object): number {
    let priority = this.priorities.get(actor);
    if (priority === undefined) {
      priority = (this.random as Random).next();
      this.priorities.set(actor, priority);
    }
    return priority;
  }
}
