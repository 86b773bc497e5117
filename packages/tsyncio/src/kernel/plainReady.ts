/** The ready queue for the build in which bytes count: see ready.ts. */

import type { Runnable } from "./handle.ts";

/** So many places at the front may be empty: closing the gap moves all that wait. */
const SLACK = 1024;

export class PlainReady {
  private _queue: (Runnable | undefined)[] = [];
  private _head = 0;

  get size(): number {
    return this._queue.length - this._head;
  }

  push(runnable: Runnable): void {
    this._queue.push(runnable);
  }

  shift(): Runnable {
    const runnable = this._queue[this._head] as Runnable;
    this._queue[this._head++] = undefined;
    if (this._head > SLACK) {
      this._queue.splice(0, this._head);
      this._head = 0;
    }
    return runnable;
  }

  clear(): void {
    this._queue = [];
    this._head = 0;
  }
}
