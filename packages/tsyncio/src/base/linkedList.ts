/** What is under way, in the order in which it began. */

/** A member of at most one list at a time. Both are null while it is in none. */
export interface Linked<T> {
  /** @internal */ _previous: T | null;
  /** @internal */ _next: T | null;
}

/**
 * What begins and ends all the time, as requests and calls do. A `Set` of them keeps those that have left alive: as it
 * is made anew for the members to come, its old tables point to the old members, and to each other, until the next full
 * collection.
 */
export class LinkedList<T extends Linked<T>> {
  declare first: T | null;
  declare private last: T | null;

  constructor() {
    this.first = null;
    this.last = null;
  }

  add(member: T): void {
    const last = this.last;
    member._previous = last;
    if (last === null) this.first = member;
    else last._next = member;
    this.last = member;
  }

  /** False, and nothing is done, if it is not in the list. */
  delete(member: T): boolean {
    const { _previous: previous, _next: next } = member;
    if (previous !== null) previous._next = next;
    else if (this.first === member) this.first = next;
    else return false;
    if (next !== null) next._previous = previous;
    else this.last = previous;
    member._previous = member._next = null;
    return true;
  }

  /** Forgets the members, which do not notice. */
  clear(): void {
    this.first = null;
    this.last = null;
  }

  /** A copy, for steps after which members may have left. */
  toArray(): T[] {
    const members: T[] = [];
    for (let member = this.first; member !== null; member = member._next) members.push(member);
    return members;
  }
}
