/** One query: from the text to ReadyForQuery. */

import type { QueryArrayConfig, QueryArrayResult, QueryConfig, QueryResult } from "pg";
import { Operation, type Settle } from "./operation.ts";
import type { Session, Work } from "./session.ts";

/** What pg returns: an array where the text has several statements. */
export type Answer = QueryResult | QueryArrayResult;

export class Query extends Operation<Answer> implements Work {
  private readonly text: string | QueryConfig | QueryArrayConfig;
  private readonly values: unknown[];
  private settle: Settle<Answer> = () => {};
  private failure: Error | null = null;
  private answer: Answer | null = null;

  /** An object has its values itself. */
  constructor(session: Session, text: string | QueryConfig | QueryArrayConfig, values: unknown[] = []) {
    super(session);
    this.text = text;
    this.values = values;
  }

  protected get madeBy(): string {
    return "query()";
  }

  protected get work(): Work {
    return this;
  }

  protected begin(settle: Settle<Answer>): void {
    send(this.session, this, this.text, this.values, (error, answer) => {
      // pg calls once more, without the error, after one that its own check of the values has found.
      if (this.failure !== null || this.answer !== null) return;
      this.failure = error;
      this.answer = answer;
    });
    this.settle = settle;
  }

  stop(session: Session): void {
    session.requestCancel();
  }

  ended(lost: Error | null): void {
    const error = this.failure ?? (this.answer === null ? lost : null);
    this.settle(error, this.answer as Answer);
  }

  describeWait(): string {
    return `the answer to ${shorten(typeof this.text === "string" ? this.text : this.text.text)}`;
  }
}

/** One that is short, and must not be half done: COMMIT. A cancellation waits for its answer. */
export class Statement extends Query {
  constructor(session: Session, text: string) {
    super(session, text);
  }

  override stop(): void {}
}

/** One that is to clear up: if the server does not answer in time, the connection is destroyed. */
export class Rollback extends Statement {
  protected override begin(settle: Settle<Answer>): void {
    super.begin(settle);
    this.session.limit();
  }
}

/** Hands a query to pg. `Work.ended` tells when the server has done with it. */
export function send(
  session: Session,
  work: Work,
  text: string | QueryConfig | QueryArrayConfig,
  values: unknown[],
  answered: (error: Error | null, answer: Answer) => void,
): void {
  session.begin(work);
  try {
    if (typeof text === "string") session.client.query(text, values, answered);
    else session.client.query(text as QueryConfig, answered);
  } catch (error) {
    // Half of it may have been sent.
    session.destroy(error as Error);
    throw error;
  }
}

/** A query without its values, which may be private data. */
function shorten(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length <= 60 ? line : `${line.slice(0, 57)}...`;
}
