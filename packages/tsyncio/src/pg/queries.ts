/** What connections and pools can be asked, and what they are asked with. */

import type { QueryArrayConfig, QueryArrayResult, QueryConfig, QueryResult, QueryResultRow } from "pg";
import { describe } from "../base/describe.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";

/** A row of a query whose columns are not declared. */
export type Row = Record<string, unknown>;
/** The text of a query, with `$1`, `$2`… for values; or pg's object: `{ text, values, name, types, rowMode }`. */
export type QueryText = string | QueryConfig<unknown[]>;
/** For `$1`, `$2`… */
export type Values = readonly unknown[];

/** The queries of a `Connection`, and of a `Pool`, which takes a connection for each. */
export abstract class Queries {
  /** @internal */ static readonly _queries: true = /* @__PURE__ */ thenableMethods(Queries);

  /**
   * pg's own result: `{ rows, rowCount, command, fields }`; of a text with several statements an array of them.
   *
   * @throws pg.DatabaseError with the server's `code`, such as "23505" for a value that must be unique.
   */
  abstract query<R extends unknown[]>(
    text: QueryArrayConfig<unknown[]>,
    values?: Values,
  ): CoroutineObject<QueryArrayResult<R>>;
  abstract query<R extends QueryResultRow = Row>(text: QueryText, values?: Values): CoroutineObject<QueryResult<R>>;

  /** The rows of a query. */
  fetch<R extends QueryResultRow = Row>(text: QueryText, values?: Values): CoroutineObject<R[]>;
  *fetch(text: QueryText, values?: Values): Coroutine<unknown> {
    return rowsOf(yield* this.query(text, values));
  }

  /** The first row; null if there is none. */
  fetchrow<R extends QueryResultRow = Row>(text: QueryText, values?: Values): CoroutineObject<R | null>;
  *fetchrow(text: QueryText, values?: Values): Coroutine<unknown> {
    return rowsOf(yield* this.query(text, values))[0] ?? null;
  }

  /** The first column of the first row; null if there is none. */
  fetchval<T = unknown>(text: QueryText, values?: Values): CoroutineObject<T | null>;
  *fetchval(text: QueryText, values?: Values): Coroutine<unknown> {
    // As arrays: of two columns with one name an object has the last.
    const rows = rowsOf(yield* this.query({ ...configOf(text, values), rowMode: "array" }));
    return rows[0]?.[0] ?? null;
  }
}

/** Of several statements pg makes an array of results. */
function rowsOf(result: QueryResult | QueryResult[]): QueryResultRow[] {
  if (!Array.isArray(result)) return result.rows;
  const advice = "write query(), which returns the results of all";
  throw new TypeError(
    `fetch, fetchrow and fetchval take one statement, got ${result.length}, which have been run: ${advice}`,
  );
}

/** A query as an object of ours. */
export function configOf(
  text: QueryText | QueryArrayConfig<unknown[]>,
  values: Values | null | undefined,
): QueryConfig<unknown[]> {
  const config: QueryConfig<unknown[]> = typeof text === "string" ? { text } : { ...text };
  if (typeof config.text !== "string" || "submit" in config) {
    throw new TypeError(`the text of a query must be a string, or { text, values }, got ${describe(text)}`);
  }
  config.values = valuesOf(values ?? config.values);
  return config;
}

export function valuesOf(values: Values | null | undefined): unknown[] {
  if (values == null) return NO_VALUES;
  if (Array.isArray(values)) return values;
  throw new TypeError(`the values of a query must be an array, as in fetch(text, [value]), got ${describe(values)}`);
}

const NO_VALUES: unknown[] = [];
