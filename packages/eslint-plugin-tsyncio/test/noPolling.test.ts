import plugin from "eslint-plugin-tsyncio";
import { tester } from "./ruleTester.ts";

const errors = [{ messageId: "polling" }];
const sleep = `import { sleep } from "tsyncio";`;

tester.run("no-polling", plugin.rules["no-polling"], {
  valid: [
    // Work that lets others have a turn, a number of turns, and a wait for what cannot be awaited.
    `${sleep} function* f() { while (list.length > 0) { work(list.pop()); yield* sleep(0); } }`,
    `${sleep} function* f() { for (let i = 0; i < 3; i++) yield* sleep(0); }`,
    `${sleep} function* f() { while (!existsSync(path)) yield* sleep(1); }`,
    `${sleep} function* f() { for (const item of items) yield* sleep(0); }`,
    `${sleep} function* f() { while (true) { if (ready) log(); yield* sleep(0); } }`,
    `import { sleep } from "other"; async function f() { while (!ready) await sleep(0); }`,
    `function* f() { while (!ready) { if (x) break; } }`,
  ],
  invalid: [
    { code: `${sleep} function* f() { while (!ready) yield* sleep(0); }`, errors },
    { code: `${sleep} function* f() { while (!ready) { yield* sleep(0); } }`, errors },
    { code: `${sleep} function* f() { do { yield* sleep(0); } while (!ready) }`, errors },
    { code: `${sleep} function* f() { for (; !ready; ) yield* sleep(0); }`, errors },
    { code: `${sleep} function* f() { while (true) { if (ready) break; yield* sleep(0); } }`, errors },
    { code: `${sleep} function* f() { while (true) { if (ready) { return 1; } yield* sleep(0); } }`, errors },
    { code: `"use tsyncio"; ${sleep} async function f() { while (!ready) await sleep(0); }`, errors },
    { code: `import * as tsy from "tsyncio"; async function f() { while (!ready) await tsy.sleep(0); }`, errors },
  ],
});
