/** What a real server is needed for. */

import { expect, test } from "vitest";
import { errorOf } from "../../../support.ts";
import { postgres, withPool } from "./support.ts";

const there = postgres();

test("a text of several statements is one for query(): fetch, fetchrow and fetchval say so", () =>
  withPool(there, { maxSize: 1 }, function* (pool) {
    const text = "select 1 as a; select 2 as a";
    const results = (yield* pool.query(text)) as unknown as { rows: unknown[] }[];
    expect(results.map(({ rows }) => rows)).toEqual([[{ a: 1 }], [{ a: 2 }]]);
    for (const fetching of [pool.fetch(text), pool.fetchrow(text), pool.fetchval(text)]) {
      const error = (yield* errorOf(fetching)) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain("take one statement, got 2");
    }
    expect(yield* pool.fetchval("select 3")).toBe(3);
  }));
