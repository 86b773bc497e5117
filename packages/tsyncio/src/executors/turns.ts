/** Which of the jobs that were sent to a thread it may still begin. */

/**
 * A thread is sent some jobs in advance, so that it need not wait for the pool after each. Each has a turn: 0, 1, 2 and so
 * on. This number, in shared memory, is the turn of the next job that may begin: the thread counts it up as it begins
 * one, the pool sets it past all it has sent to take them back. Both in one step, so that a job is begun or taken back,
 * never both.
 */
export class Turns {
  readonly memory: Int32Array<SharedArrayBuffer>;

  constructor(memory = new Int32Array(new SharedArrayBuffer(4))) {
    this.memory = memory;
  }

  /** In the thread: false for a job that was taken back. */
  begin(turn: number): boolean {
    return Atomics.compareExchange(this.memory, 0, turn, after(turn)) === turn;
  }

  /** Takes back all jobs that have not begun. `next` is the turn of the next job; returns that of the first taken back. */
  takeBack(next: number): number {
    return Atomics.exchange(this.memory, 0, next);
  }

  /** The turn of the first job that has not begun. */
  next(): number {
    return Atomics.load(this.memory, 0);
  }
}

/** The turn behind this one. They begin again at 0 before they overflow. */
export function after(turn: number): number {
  return (turn + 1) & 0x7fffffff;
}

/** True if a turn comes before another one, the two being near each other. */
export function isBefore(turn: number, other: number): boolean {
  return (turn - other) << 1 < 0;
}
