/** The same as timers.ts for the build in which bytes count: an eighth of the code, and slower in a crowd. */

import type { TimerHandle } from "./handle.ts";
import type { Timer, Timers } from "./timers.ts";

/** All timers of that build are handles: its `sleep` has no timer of its own. */
type Entry = TimerHandle & { _serial: number };

/** A list, the earliest timer last. It is sorted when it is looked at after a push, and cancelled ones go out then. */
export class PlainTimers implements Timers {
  private _list: Entry[] = [];
  private _serial = 0;
  private _sorted = true;

  get size(): number {
    return this._list.length;
  }

  clear(): void {
    this._list = [];
  }

  push(timer: Timer): void {
    (timer as Entry)._serial = this._serial++;
    this._list.push(timer as Entry);
    this._sorted = false;
  }

  drop(): void {
    this._sorted = false;
  }

  next(): number | null {
    if (!this._sorted) {
      this._list = this._list
        .filter((entry) => !entry.cancelled())
        .sort((a, b) => b._when - a._when || b._serial - a._serial);
      this._sorted = true;
    }
    return this._list.at(-1)?._when ?? null;
  }

  popDue(now: number, end: number): Timer | null {
    const when = this.next();
    return when === null || (when >= end && when > now) ? null : (this._list.pop() as Entry);
  }
}
