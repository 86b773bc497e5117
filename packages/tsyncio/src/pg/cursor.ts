/** Cursors: the rows of a query, some at a time. */

import type { AsyncGen } from "../iteration/asyncGenerator.ts";
import { asyncGenerator } from "../iteration/asyncGenerator.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import type { WaitOwner } from "../kernel/waiter.ts";
import { loadCursor, type PgCursor } from "./library.ts";
import { Operation, type Settle } from "./operation.ts";
import type { Session, Work } from "./session.ts";

/** Rows, fetched `prefetch` at a time, of a cursor that is opened by the first and closed with the iterator. */
export const rowsOf = /* @__PURE__ */ asyncGenerator(function* rowsOf(
  session: () => Session,
  text: string,
  values: readonly unknown[],
  prefetch: number,
) {
  const cursor = new Cursor(session(), text, values);
  try {
    for (let rows = yield* cursor.read(prefetch); ; rows = yield* cursor.read(prefetch)) {
      for (const row of rows) yield row;
      if (rows.length < prefetch) return;
    }
  } finally {
    yield* cursor.close();
  }
}) as <R>(session: () => Session, text: string, values: readonly unknown[], prefetch: number) => AsyncGen<R>;

class Cursor implements Work, WaitOwner {
  private readonly session: Session;
  private readonly cursor: PgCursor;
  private opened = false;
  private reading: Settle<unknown[]> | null = null;
  /** The server's error. The task gets it when the server is ready again. */
  private error: Error | null = null;
  private over = false;

  constructor(session: Session, text: string, values: readonly unknown[]) {
    this.session = session;
    const Made = loadCursor();
    this.cursor = new Made(text, [...values]);
  }

  read(count: number): Coroutine<unknown[]> {
    return new Read(this.session, this, (settle) => this.fetch(count, settle));
  }

  *close(): Coroutine<void> {
    if (this.session.runs(this)) this.session.stop();
    while (this.session.runs(this)) yield* this.session.idle(this);
  }

  private fetch(count: number, settle: Settle<unknown[]>): void {
    if (!this.opened) {
      this.session.begin(this);
      this.opened = true;
      this.session.client.query(this.cursor);
    }
    this.reading = settle;
    this.cursor.read(count, (error: Error | undefined, rows: unknown[]) => {
      if (error) {
        this.error = error;
        if (this.over) this.settle(error);
        return;
      }
      this.settle(null, rows);
      // The cancellation has come too late for these rows.
      if (this.session.stopping && this.session.runs(this)) this.closePortal();
    });
  }

  stop(): void {
    if (this.reading === null) this.closePortal();
    else this.session.requestCancel();
  }

  private closePortal(): void {
    this.cursor.close(() => {});
  }

  /** After the last rows, too: they come a little later. */
  ended(lost: Error | null): void {
    this.over = true;
    const error = this.error ?? lost;
    if (error !== null) this.settle(error);
  }

  private settle(error: Error | null, rows?: unknown[]): void {
    const { reading } = this;
    this.reading = null;
    reading?.(error, rows);
  }

  describeWait(): string {
    return "rows of a cursor";
  }
}

class Read extends Operation<unknown[]> {
  private readonly cursor: Cursor;
  private readonly fetch: (settle: Settle<unknown[]>) => void;

  constructor(session: Session, cursor: Cursor, fetch: (settle: Settle<unknown[]>) => void) {
    super(session);
    this.cursor = cursor;
    this.fetch = fetch;
  }

  protected get madeBy(): string {
    return "read()";
  }

  protected get work(): Work {
    return this.cursor;
  }

  protected begin(settle: Settle<unknown[]>): void {
    this.fetch(settle);
  }

  describeWait(): string {
    return this.cursor.describeWait();
  }
}
