/** Every await of tsyncio/pg, cancelled at each stage and timed out, on a real server. */

import * as pgEntry from "tsyncio/pg";
import { beforeAll, describe, expect, test } from "vitest";
import { cancelledAtEveryStage, timesOut } from "../../awaits/every.ts";
import { awaits, place } from "./awaits.ts";
import { noSessions, postgres, quiet } from "./support.ts";

const there = postgres();
beforeAll(() => {
  place.options = there.server.options;
});

const all = Object.entries(awaits);

/** Afterwards the server has no session, and so no query of ours. */
const clean = (entry: (typeof all)[number][1], how: Parameters<typeof entry>[0]) =>
  quiet(function* () {
    yield* entry(how);
    yield* noSessions(there.observer);
  });

describe("cancelled at every stage, leaves nothing behind:", () => {
  test.each(all)("%s", (_name, entry) => clean(entry, cancelledAtEveryStage));
});

describe("obeys timeout(), and leaves nothing behind:", () => {
  test.each(all)("%s", (_name, entry) => clean(entry, timesOut));
});

test("no await is forgotten here", () => {
  const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as { new (): unknown };
  const inner = /^(?:_.*|aenter|aexit|until|takeBack|run|rollback)$/;
  const found = Object.entries(pgEntry).flatMap(([name, { prototype }]) =>
    Object.entries(Object.getOwnPropertyDescriptors(prototype ?? {}))
      .filter(([key, { value }]) => value instanceof GeneratorFunction && !inner.test(key))
      .map(([key]) => `${name}.${key}`),
  );
  const named = new Set(all.map(([name]) => name.split(",")[0]));
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter((name) => !named.has(name))).toEqual([]);
});
