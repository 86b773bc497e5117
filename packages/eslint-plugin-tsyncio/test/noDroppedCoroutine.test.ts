import plugin from "eslint-plugin-tsyncio";
import { tester } from "./ruleTester.ts";

const dropped = (call: string, wait = "yield*") => [{ messageId: "dropped", data: { call, wait } }];

tester.run("no-dropped-coroutine", plugin.rules["no-dropped-coroutine"], {
  valid: [
    // Awaited, returned, kept, passed on.
    `import { sleep } from "tsyncio"; function* f() { yield* sleep(1); return sleep(2); }`,
    `import { sleep, createTask } from "tsyncio"; function* f() { createTask(sleep(1)); const s = sleep(1); yield* s; }`,
    `import { sleep } from "tsyncio"; const later = () => sleep(1);`,
    `import "tsyncio"; function* f() {} function* g() { yield* f(); const made = f(); use(made); }`,
    `import { gather, sleep } from "tsyncio"; function* f() { yield* gather(sleep(1), sleep(2)); }`,
    // What begins by itself, and what is not tsyncio's.
    `import { createTask, gather, run } from "tsyncio"; run(main()); gather(a, b); createTask(f());`,
    `import { sleep } from "other"; function* f() { sleep(1); }`,
    `import { sleep } from "tsyncio"; function f(sleep) { sleep(1); }`,
    `import * as other from "other"; other.sleep(1);`,
    // An async function of an unmarked module begins at once.
    `import "tsyncio"; async function f() {} f(); void f();`,
    `"use tsyncio"; async function f() {} await f(); export const p = f();`,
    `"use tsyncio"; async function* items() { yield 1; } items();`,
    // Generators of other libraries.
    `function* saga() {} function* root() { saga(); }`,
    `import "tsyncio"; let f = function* () {}; f = function () {}; f();`,
    `import "tsyncio"; class A { *m() {} n() { const self = {}; self.m(); this.other(); } }`,
    `import "tsyncio"; class A { *m() {} n() { return function () { this.m(); }; } }`,
    `import { Queue } from "tsyncio"; const queue = new Queue(); queue.putNowait(1); queue.other();`,
    `import { Queue } from "other"; const queue = new Queue(); queue.put(1);`,
    `import "tsyncio"; f?.[Symbol.iterator](); f()();`,
  ],
  invalid: [
    { code: `import { sleep } from "tsyncio"; function* f() { sleep(1); }`, errors: dropped("sleep(…)") },
    { code: `import { sleep as pause } from "tsyncio"; function* f() { pause(1); }`, errors: dropped("pause(…)") },
    { code: `import * as tsy from "tsyncio"; function* f() { tsy.sleep(1); }`, errors: dropped("tsy.sleep(…)") },
    { code: `import * as tsy from "tsyncio"; function* f() { tsy["sleep"](1); }`, errors: dropped(`tsy["sleep"](…)`) },
    { code: `import { sleep } from "tsyncio"; sleep(1);`, errors: dropped("sleep(…)", "await") },
    { code: `import { sleep } from "tsyncio"; async function f() { sleep(1); }`, errors: dropped("sleep(…)", "await") },
    {
      code: `import { startServer } from "tsyncio/net"; function* f() { startServer(g); }`,
      errors: dropped("startServer(…)"),
    },
    { code: `import { advance } from "tsyncio/testing"; function* f() { advance(1); }`, errors: dropped("advance(…)") },
    { code: `import "tsyncio"; function* f() {} function* g() { f(); }`, errors: dropped("f()") },
    { code: `import "tsyncio"; function* g() { f(); } function* f() {}`, errors: dropped("f()") },
    { code: `import "tsyncio"; const f = function* () {}; function* g() { f(1); }`, errors: dropped("f(…)") },
    {
      code: `import { coroutine } from "tsyncio"; const f = coroutine(function* () {}); f();`,
      errors: dropped("f()", "await"),
    },
    // Nothing takes the value there either.
    { code: `import "tsyncio"; function* f() {} function* g(a) { void f(); }`, errors: dropped("f()") },
    {
      code: `import "tsyncio"; function* f() {} function* g(a) { a && f(); a || f(); a ?? f(); }`,
      errors: [dropped("f()"), dropped("f()"), dropped("f()")].flat(),
    },
    {
      code: `import "tsyncio"; function* f() {} function* g(a) { a ? f() : g(); }`,
      errors: [dropped("f()"), dropped("g()")].flat(),
    },
    {
      code: `import "tsyncio"; function* f() {} function* g(a) { f(), a(); a(), f(); }`,
      errors: [dropped("f()"), dropped("f()")].flat(),
    },
    {
      code: `import "tsyncio"; function* f() {} function* g() { for (f(); ; f()) break; }`,
      errors: [dropped("f()"), dropped("f()")].flat(),
    },
    // In a marked module async functions are coroutine functions.
    { code: `"use tsyncio"; async function f() {} async function g() { f(); }`, errors: dropped("f()", "await") },
    { code: `"use tsyncio"; const f = async () => {}; async function g() { f(); }`, errors: dropped("f()", "await") },
    { code: `"use tsyncio"; class A { async m() {} async n() { this.m(); } }`, errors: dropped("this.m()", "await") },
    // Methods.
    { code: `import "tsyncio"; class A { *m() {} *n() { this.m(); } }`, errors: dropped("this.m()") },
    { code: `import "tsyncio"; class A { *#m() {} n() { this.#m(); } }`, errors: dropped("this.#m()", "await") },
    {
      code: `import "tsyncio"; class A { *m() {} *n() { each(() => { this.m(); }); } }`,
      errors: dropped("this.m()", "await"),
    },
    { code: `import "tsyncio"; class A { m = function* () {}; *n() { this.m(); } }`, errors: dropped("this.m()") },
    {
      code: `import { Queue } from "tsyncio"; const queue = new Queue(); function* f() { queue.put(1); }`,
      errors: dropped("queue.put(…)"),
    },
    {
      code: `import { Lock } from "tsyncio"; class A { lock = new Lock(); *f() { this.lock.acquire(); } }`,
      errors: dropped("this.lock.acquire()"),
    },
    {
      code: `import { Event } from "tsyncio"; class A { #ready = new Event(); *f() { this.#ready.wait(); } }`,
      errors: dropped("this.#ready.wait()"),
    },
    { code: `import { sleep } from "tsyncio"; function* f() { sleep?.(1); }`, errors: dropped("sleep(…)") },
  ],
});
