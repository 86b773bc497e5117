/** Which of the jobs that were sent to a worker it may still begin. */

/**
 * A worker may be sent jobs in advance, so that it need not wait for the pool after each. Each job has a turn: 0, 1, 2
 * and so on. The pool asks which turn is the first that has not begun.
 */
export interface Turns {
  /** The turn of the first job that has not begun, and can be taken back. `next` is the turn of the next job. */
  firstWaiting(next: number): number;
  /** Takes those jobs back: the worker will not begin them. Returns the turn of the first. */
  takeBack(next: number): number;
}

/** The turn of a job that cannot be taken back. */
export const NO_TURN = -1;

/**
 * Of a thread: in shared memory, the turn of the next job that may begin. The thread counts it up as it begins one, the
 * pool sets it past all it has sent to take them back. Both in one step, so that a job is begun or taken back, never
 * both.
 */
export class SharedTurns implements Turns {
  readonly memory: Int32Array<SharedArrayBuffer>;

  constructor(memory = new Int32Array(new SharedArrayBuffer(4))) {
    this.memory = memory;
  }

  /** In the thread: false for a job that was taken back. */
  begin(turn: number): boolean {
    return turn === NO_TURN || Atomics.compareExchange(this.memory, 0, turn, after(turn)) === turn;
  }

  firstWaiting(): number {
    return Atomics.load(this.memory, 0);
  }

  takeBack(next: number): number {
    return Atomics.exchange(this.memory, 0, next);
  }
}

/** Of a process, which says when it begins a job. While it lives it may begin at any time what it was sent. */
export class ToldTurns implements Turns {
  private next = 0;
  private ended = false;

  begun(turn: number): void {
    this.next = after(turn);
  }

  /** The process has ended, and all that it has sent is here. */
  end(): void {
    this.ended = true;
  }

  firstWaiting(next: number): number {
    return this.ended ? this.next : next;
  }

  takeBack(next: number): number {
    return this.firstWaiting(next);
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
