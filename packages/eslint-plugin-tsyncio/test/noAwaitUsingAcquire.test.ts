import plugin from "eslint-plugin-tsyncio";
import { tester } from "./ruleTester.ts";

const errors = [{ messageId: "twice" }];

tester.run("no-await-using-acquire", plugin.rules["no-await-using-acquire"], {
  valid: [
    `"use tsyncio"; async function f(lock) { using _ = await lock.acquire(); }`,
    `"use tsyncio"; async function f(lock) { await using _ = lock; }`,
    `"use tsyncio"; async function f(pool) { await using c = await pool.connect(); await using d = acquire(); }`,
    `"use tsyncio"; async function f(pool) { await using connection = await pool.acquire(); }`,
    // A pool's returns a connection, whatever that is called.
    `"use tsyncio"; import { createPool } from "tsyncio/pg"; async function f() { await using pool = createPool(); await using _ = await pool.acquire(); }`,
    `"use tsyncio"; import { createPool } from "tsyncio/pg"; const pool = createPool(); async function f() { await using _ = await pool.acquire(); }`,
    `"use tsyncio"; import * as pg from "tsyncio/pg"; class A { #pool = pg.createPool(); async m() { await using _ = await this.#pool.acquire(); } }`,
    // Of which the module tells nothing.
    `"use tsyncio"; import { Lock } from "tsyncio"; let lock = new Lock(); lock = other(); async function f() { await using held = await lock.acquire(); }`,
    `"use tsyncio"; import { Lock } from "./mine.js"; async function f() { await using held = await new Lock().acquire(); }`,
    `"use tsyncio"; const lock = lock; async function f() { await using held = await lock.acquire(); }`,
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
    ...[
      // What is known to be a lock, whatever the variable is called.
      ["import { Lock } from 'tsyncio'; const lock = new Lock();", "lock"],
      ["import { Semaphore as S } from 'tsyncio'; const slots = new S(2);", "slots"],
      ["import * as t from 'tsyncio'; const slots = new t.BoundedSemaphore(2);", "slots"],
      ["import { Condition } from 'tsyncio';", "new Condition()"],
    ].map(([before, lock]) => {
      const code = (using: string) =>
        `"use tsyncio"; ${before} async function f() { ${using} held = await ${lock}.acquire(); }`;
      return { code: code("await using"), output: code("using"), errors };
    }),
    {
      code: `"use tsyncio"; import { Lock } from "tsyncio"; class A { lock = new Lock(); async m() { await using held = await this.lock.acquire(); } }`,
      output: `"use tsyncio"; import { Lock } from "tsyncio"; class A { lock = new Lock(); async m() { using held = await this.lock.acquire(); } }`,
      errors,
    },
  ],
});
