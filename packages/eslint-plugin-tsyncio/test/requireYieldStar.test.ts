import plugin from "eslint-plugin-tsyncio";
import { tester } from "./ruleTester.ts";

const noStar = (code: string, output: string) => ({ code, output, errors: [{ messageId: "noStar" }] });

tester.run("require-yield-star", plugin.rules["require-yield-star"], {
  valid: [
    `import { sleep } from "tsyncio"; function* f() { yield* sleep(1); }`,
    `import "tsyncio"; function* numbers() { yield 1; yield other(); yield; }`,
    `import { sleep } from "other"; function* f() { yield sleep(1); }`,
    `import { call } from "redux-saga/effects"; function* saga() {} function* root() { yield saga(); yield call(saga); }`,
    `import "tsyncio"; function* f() {} function* g() { yield* f(); }`,
    // What an async generator hands over.
    `import { asyncGenerator, createTask } from "tsyncio"; const tasks = asyncGenerator(function* () { yield createTask(f()); });`,
    `"use tsyncio"; import { sleep } from "tsyncio"; async function* f() { yield sleep(1, "x"); }`,
  ],
  invalid: [
    noStar(
      `import { sleep } from "tsyncio"; function* f() { yield sleep(1); }`,
      `import { sleep } from "tsyncio"; function* f() { yield* sleep(1); }`,
    ),
    noStar(
      `import * as tsy from "tsyncio"; function* f() { const x = yield tsy.gather(a(), b()); }`,
      `import * as tsy from "tsyncio"; function* f() { const x = yield* tsy.gather(a(), b()); }`,
    ),
    noStar(
      `import { createTask } from "tsyncio"; function* f() { return yield createTask(g()); }`,
      `import { createTask } from "tsyncio"; function* f() { return yield* createTask(g()); }`,
    ),
    noStar(
      `import "tsyncio"; function* f() {} function* g() { yield f(); }`,
      `import "tsyncio"; function* f() {} function* g() { yield* f(); }`,
    ),
    noStar(
      `import "tsyncio"; class A { *m() {} *n() { yield this.m(); } }`,
      `import "tsyncio"; class A { *m() {} *n() { yield* this.m(); } }`,
    ),
    noStar(
      `import { Queue } from "tsyncio"; const queue = new Queue(); function* f() { yield queue.get(); }`,
      `import { Queue } from "tsyncio"; const queue = new Queue(); function* f() { yield* queue.get(); }`,
    ),
  ],
});
