/**
 * A deque that is filled at its end and emptied at its head: Python's `collections.deque`, of which it has what a queue
 * needs.
 */

const START = 16;
/** A ring that has grown beyond this is given up when it runs empty. */
const KEEP = 1024;

/** A ring whose size is a power of two. */
export class Ring<T> implements Iterable<T> {
  declare length: number;
  declare private items: (T | undefined)[];
  declare private head: number;

  constructor() {
    this.length = 0;
    this.items = empty();
    this.head = 0;
  }

  push(item: T): void {
    if (this.length === this.items.length) this.grow();
    const items = this.items;
    items[(this.head + this.length++) & (items.length - 1)] = item;
  }

  /** Takes the first. The ring must not be empty. */
  shift(): T {
    const { items, head } = this;
    const item = items[head] as T;
    items[head] = undefined;
    this.head = (head + 1) & (items.length - 1);
    if (--this.length === 0 && items.length > KEEP) {
      this.items = empty();
      this.head = 0;
    }
    return item;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.length; i++) yield this.items[(this.head + i) & (this.items.length - 1)] as T;
  }

  private grow(): void {
    const { items, head } = this;
    this.items = [...items.slice(head), ...items.slice(0, head), ...new Array<undefined>(items.length).fill(undefined)];
    this.head = 0;
  }
}

/** No holes: an array with holes is slower to read. */
function empty(): undefined[] {
  return new Array<undefined>(START).fill(undefined);
}
