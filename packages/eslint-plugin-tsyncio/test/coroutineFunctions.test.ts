/** The lists of the rules are those of tsyncio. */

import * as tsyncio from "tsyncio";
import * as net from "tsyncio/net";
import * as testing from "tsyncio/testing";
import { expect, it } from "vitest";
import { COROUTINE_FUNCTIONS, COROUTINE_METHODS } from "../src/coroutineFunctions.ts";

const exportsOf = new Map<string, unknown>(Object.entries(tsyncio));
const entries = { tsyncio, "tsyncio/net": net, "tsyncio/testing": testing };

it.each(Object.entries(entries))(
  "know every generator function that %s exports, and nothing that it does not",
  (name, entry) => {
    const known = COROUTINE_FUNCTIONS.get(name) as ReadonlySet<string>;
    const exported = entry as Record<string, unknown>;
    const generates = Object.keys(exported).filter((key) => tsyncio.iscoroutinefunction(exported[key]));
    expect(generates.filter((key) => !known.has(key))).toEqual([]);
    expect([...known].filter((key) => typeof exported[key] !== "function")).toEqual([]);
  },
);

it.each([...COROUTINE_METHODS])("know methods that %s has", (name, methods) => {
  const { prototype } = exportsOf.get(name) as { prototype: object };
  expect([...methods].filter((method) => !(method in prototype))).toEqual([]);
});
