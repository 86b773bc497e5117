/** Go's RWMutex. */

import { type Coroutine, Future } from "tsyncio";

class Turn extends Future<void> {
  readonly writes: boolean;

  constructor(writes: boolean) {
    super();
    this.writes = writes;
  }

  override toString(): string {
    return this.writes ? "lock of an RWLock" : "read lock of an RWLock";
  }
}

/** Many readers or one writer. Writers are preferred: while one waits, no new reader gets in. Not reentrant. */
export class RWLock {
  private readers = 0;
  private writing = false;
  private line: Turn[] = [];

  *readLock(): Coroutine<void> {
    if (this.writing || this.line.some((turn) => turn.writes)) yield* this.wait(false);
    else this.readers++;
  }

  readUnlock(): void {
    this.readers--;
    this.pass();
  }

  *lock(): Coroutine<void> {
    if (this.writing || this.readers > 0) yield* this.wait(true);
    else this.writing = true;
  }

  unlock(): void {
    this.writing = false;
    this.pass();
  }

  private wait(writes: boolean): Turn {
    const turn = new Turn(writes);
    this.line.push(turn);
    return turn;
  }

  /** Lets in the tasks that may come. */
  private pass(): void {
    for (let turn = this.line[0]; turn !== undefined && !this.writing; turn = this.line[0]) {
      if (turn.writes && this.readers > 0) return;
      if (turn.writes) this.writing = true;
      else this.readers++;
      this.line.shift();
      turn.setResult();
    }
  }
}
