/** The ready queue: a ring whose size is a power of two. */

/** Whatever the loop can run: a handle, a done callback, a task whose next step is due. */
export interface Runnable {
  /** @internal */ _run(): void;
}

const START = 64;
/** A ring that has grown beyond this is given up when it runs empty. */
const KEEP = 1 << 16;

export class ReadyQueue {
  declare size: number;
  declare private ring: (Runnable | undefined)[];
  declare private head: number;
  declare private mask: number;

  constructor() {
    this.size = 0;
    this.ring = new Array<Runnable | undefined>(START).fill(undefined);
    this.head = 0;
    this.mask = START - 1;
  }

  push(runnable: Runnable): void {
    if (this.size > this.mask) this.grow();
    this.ring[(this.head + this.size++) & this.mask] = runnable;
  }

  /** Takes the first. The queue must not be empty. */
  shift(): Runnable {
    const { ring, head } = this;
    const runnable = ring[head] as Runnable;
    ring[head] = undefined;
    this.head = (head + 1) & this.mask;
    this.size--;
    return runnable;
  }

  /** Takes the one at place `index` (0 is the first), the others keep their order. For a chooser of schedules. */
  take(index: number): Runnable {
    const { ring, head, mask } = this;
    const runnable = ring[(head + index) & mask] as Runnable;
    for (let i = index; i > 0; i--) ring[(head + i) & mask] = ring[(head + i - 1) & mask];
    ring[head] = undefined;
    this.head = (head + 1) & mask;
    this.size--;
    return runnable;
  }

  /** The one at place `index`, left where it is. */
  at(index: number): Runnable {
    return this.ring[(this.head + index) & this.mask] as Runnable;
  }

  clear(): void {
    this.size = 0;
    this.head = 0;
    this.mask = START - 1;
    this.ring = new Array<Runnable | undefined>(START).fill(undefined);
  }

  /** Frees what a burst has taken. The queue must be empty. */
  trim(): void {
    if (this.mask >= KEEP) this.clear();
  }

  private grow(): void {
    const { ring, head, size } = this;
    const bigger = new Array<Runnable | undefined>(ring.length * 2);
    for (let i = 0; i < size; i++) bigger[i] = ring[(head + i) & this.mask];
    for (let i = size; i < bigger.length; i++) bigger[i] = undefined;
    this.ring = bigger;
    this.head = 0;
    this.mask = bigger.length - 1;
  }
}
