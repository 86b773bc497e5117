"use tsyncio";
/** What a program sets on an async function is there for code that gets the function handed over. */

import { sleep } from "tsyncio";
import { expect, test } from "vitest";

interface Described {
  (n: number): Promise<number>;
  schema?: string;
}

const registered: Described[] = [];
const register = (handler: Described): void => {
  registered.push(handler);
};

test("properties of a function that was handed over, also those that come later", async () => {
  const handler: Described = async (n) => {
    await sleep(0);
    return n * 2;
  };
  const key = Symbol("key");
  Object.assign(handler, { schema: "v1", [key]: 1 });
  register(handler);
  handler.schema = "v2";
  register(handler);
  expect(registered.map(({ schema }) => schema)).toEqual(["v2", "v2"]);
  expect(registered[0]).toBe(registered[1]);
  expect((registered[0] as unknown as Record<symbol, number>)[key]).toBe(1);
  expect(await handler(4)).toBe(8);
});
