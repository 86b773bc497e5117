/** What the server works on for a connection, and whether the connection can be used again. */

import { RuntimeError, TimeoutError } from "../base/errors.ts";
import { currentLoop, type Future } from "../kernel/future.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { cancelRequest } from "./cancelRequest.ts";
import type { Pg, PgClient } from "./library.ts";

/**
 * Milliseconds until the server is asked to cancel once more. It takes requests and queries as they come, on different
 * connections: one that arrives before the query has begun cancels nothing.
 */
const ASK_AGAIN = 100;

/** What the server was asked for, until it is ready for the next query. */
export interface Work {
  /** Called once: what is running shall stop. It still ends by `ended`. */
  stop(session: Session): void;
  /** The server is ready for the next query, or the connection is lost. */
  ended(lost: Error | null): void;
}

/** As the server says it: in no transaction, inside one, inside one that has failed. */
type Status = "I" | "T" | "E";

/**
 * One connection to the server, as long as it lives; one task after another uses it. What a task leaves unfinished goes
 * on here, whatever becomes of the task.
 */
export class Session {
  readonly client: PgClient;
  status: Status = "I";
  /** Why the connection cannot be used any more. */
  lost: Error | null = null;
  private readonly pg: Pg;
  /** Seconds. */
  private readonly cancelTimeout: number;
  private readonly closed: (session: Session) => void;
  private work: Work | null = null;
  /** The work has ended, as far as the server's own answer tells. */
  private over = false;
  /** What runs was asked to stop. */
  private asked = false;
  /** A request of cancellation is on its way. */
  private asking = false;
  private again: NodeJS.Timeout | null = null;
  private deadline: NodeJS.Timeout | null = null;
  private waiting: (() => void)[] = [];

  /** `closed` is called when the connection is. */
  constructor(pg: Pg, client: PgClient, cancelTimeout: number, closed: (session: Session) => void) {
    this.pg = pg;
    this.client = client;
    this.cancelTimeout = cancelTimeout;
    this.closed = closed;
    // Before pg's own listener, which calls back.
    client.connection.prependListener("readyForQuery", (message: { status?: Status }) => {
      this.status = message.status ?? "I";
    });
    // After each ReadyForQuery, and after a query that was not sent at all because its arguments are wrong.
    client.on("drain", () => this.workEnded());
    client.on("error", (error) => this.lose(error));
    client.on("end", () => {
      this.lose(new RuntimeError("the connection to the server is closed"));
      this.closed(this);
    });
  }

  /** The server works on something, or a request to cancel it is on its way. */
  get busy(): boolean {
    return this.work !== null;
  }

  /** What it works on is about to end. */
  get stopping(): boolean {
    return this.work !== null && this.asked;
  }

  runs(work: Work): boolean {
    return this.work === work;
  }

  /** @throws RuntimeError if the server works on something; the connection's own error if that is lost. */
  begin(work: Work): void {
    if (this.lost !== null) throw this.lost;
    if (this.work !== null) {
      throw new RuntimeError(
        "another operation is in progress on this connection: acquire a connection for each task, and read a cursor to its end, or close it, before the next query",
      );
    }
    this.work = work;
    this.asked = false;
    this.over = false;
  }

  /** What runs shall stop. If the server does not answer in time, the connection is destroyed. */
  stop(): void {
    if (this.asked || this.work === null) return;
    this.asked = true;
    this.limit();
    this.work.stop(this);
  }

  /** The connection must be there in time. */
  limitConnecting(seconds: number): void {
    const { client } = this;
    const error = new TimeoutError(`there was no connection to the server within ${seconds} seconds`);
    const timer = setTimeout(() => client.connection.stream.destroy(error), seconds * 1000);
    const stop = (): void => clearTimeout(timer);
    client.once("connect", stop).once("end", stop);
    // An error before that may be none of the socket's, of a password that could not be had: pg leaves it open.
    client.connection.once("error", () => client.connection.stream.destroy());
  }

  /** What runs must end in time. */
  limit(): void {
    const { cancelTimeout: seconds } = this;
    const text = `the server has not answered within ${seconds} seconds, and the connection was closed`;
    this.deadline ??= setTimeout(() => this.destroy(new TimeoutError(text)), seconds * 1000);
  }

  /** For `stop` of what can be cancelled on the server. */
  requestCancel(): void {
    if (this.client.processID === null) return; // some proxies have no key for it: there is only the limit
    this.asking = true;
    cancelRequest(this.pg, this.client, this.cancelTimeout, (error) => {
      this.asking = false;
      // It may have reached the server all the same, and would cancel the next query.
      if (error !== null) this.destroy(error);
      this.settle();
      if (this.work !== null) this.again = setTimeout(() => this.requestCancel(), ASK_AGAIN);
    });
  }

  /** Closes the connection at once. */
  destroy(error: Error): void {
    this.client.connection.stream.destroy();
    this.lose(error);
  }

  /** Closes the connection at once, and has the server cancel what it runs. */
  terminate(error: Error): void {
    if (this.work !== null && !this.asking && this.client.processID !== null) {
      cancelRequest(this.pg, this.client, this.cancelTimeout, () => {});
    }
    this.destroy(error);
  }

  /** Calls back when the server, which works on something now, has nothing to do. */
  whenIdle(callback: () => void): void {
    this.waiting.push(callback);
  }

  /** `whenIdle` for a task. */
  idle(owner: WaitOwner): Future<unknown> {
    const future = createWaiter<unknown>(currentLoop(), owner);
    this.whenIdle(() => {
      if (!future.done()) future.setResult(undefined);
    });
    return future;
  }

  private lose(error: Error): void {
    if (this.lost !== null) return;
    this.lost = error;
    this.workEnded();
  }

  private workEnded(): void {
    this.over = true;
    this.settle();
  }

  /** ReadyForQuery alone is not enough: see `cancelRequest`. */
  private settle(): void {
    const { work, waiting } = this;
    if (work === null || !this.over || (this.asking && this.lost === null)) return;
    this.work = null;
    for (const timer of [this.again, this.deadline]) if (timer !== null) clearTimeout(timer);
    this.again = this.deadline = null;
    work.ended(this.lost);
    if (waiting.length === 0) return;
    this.waiting = [];
    for (const callback of waiting) callback();
  }
}
