/** Every await of tsyncio/net and tsyncio/executors, cancelled at each stage and timed out. */

import * as executorsEntry from "tsyncio/executors";
import * as net from "tsyncio/net";
import { afterAll, describe, expect, test } from "vitest";
import { connections } from "./awaits/connections.ts";
import { type Awaits, cancelledAtEveryStage, timesOut } from "./awaits/every.ts";
import { executors } from "./awaits/executors.ts";
import { removeCertificates } from "./awaits/places.ts";
import { processes } from "./awaits/processes.ts";
import { streams } from "./awaits/streams.ts";
import { real } from "./net/support.ts";
import { clean } from "./subprocess/support.ts";

afterAll(removeCertificates);

const tables: Record<string, Awaits> = { connections, streams, processes, executors };
const all = Object.entries(tables).flatMap(([table, awaits]) =>
  Object.entries(awaits).map(([name, entry]) => ({ table, name, entry })),
);

/** A pool's threads have descriptors of their own, which come with the first of them. */
const checked = (table: string) => (table === "executors" ? real : clean);

describe("cancelled at every stage, leaves nothing behind:", () => {
  test.each(all)("$name", ({ table, entry }) => checked(table)(() => entry(cancelledAtEveryStage)));
});

describe("obeys timeout(), and leaves nothing behind:", () => {
  test.each(all)("$name", ({ table, entry }) => checked(table)(() => entry(timesOut)));
});

/** Those that are not meant for callers, and those that never wait. */
const inner = /^_|^(?:aenter|aclose|readAll|endStdin|waitForData|drainClosing|waitFor|listen|endForever|bind)$/;
const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as { new (): unknown };

/** The coroutine functions among the exports, and the methods that are such. */
function coroutineFunctions(exports: Record<string, unknown>): string[] {
  return Object.entries(exports).flatMap(([name, value]) => {
    if (value instanceof GeneratorFunction) return [name];
    if (typeof value !== "function" || value.prototype === undefined) return [];
    return Object.entries(Object.getOwnPropertyDescriptors(value.prototype as object))
      .filter(([key, { value: method }]) => method instanceof GeneratorFunction && !inner.test(key))
      .map(([key]) => `${name}.${key}`);
  });
}

test("no await is forgotten here", () => {
  const exports = { ...net, ...executorsEntry };
  const named = new Set(all.map(({ name }) => name.split(/,| (?:with|of|to|by) /)[0]));
  const found = coroutineFunctions(exports);
  expect(found.length).toBeGreaterThan(30);
  expect(found.filter((name) => !named.has(name))).toEqual([]);
});
