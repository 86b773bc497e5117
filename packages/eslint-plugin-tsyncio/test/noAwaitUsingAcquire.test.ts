import plugin from "eslint-plugin-tsyncio";
import { tester } from "./ruleTester.ts";

const errors = [{ messageId: "twice" }];

tester.run("no-await-using-acquire", plugin.rules["no-await-using-acquire"], {
  valid: [
    `"use tsyncio"; async function f(lock) { using _ = await lock.acquire(); }`,
    `"use tsyncio"; async function f(lock) { await using _ = lock; }`,
    `"use tsyncio"; async function f(pool) { await using c = await pool.connect(); await using d = acquire(); }`,
    `"use tsyncio"; async function f(pool) { await using connection = await pool.acquire(); }`,
    // JavaScript's await using only releases it.
    `async function f(lock) { await using _ = await lock.acquire(); }`,
  ],
  invalid: [
    {
      code: `"use tsyncio"; async function f(lock) { await using _ = await lock.acquire(); }`,
      output: `"use tsyncio"; async function f(lock) { using _ = await lock.acquire(); }`,
      errors,
    },
    {
      code: `"use tsyncio"; class A { async m() { await using _ = await this.#slots.acquire(); } #slots; }`,
      output: `"use tsyncio"; class A { async m() { using _ = await this.#slots.acquire(); } #slots; }`,
      errors,
    },
  ],
});
