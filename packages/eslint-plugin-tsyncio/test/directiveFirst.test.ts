import plugin from "eslint-plugin-tsyncio";
import { tester } from "./ruleTester.ts";

const errors = [{ messageId: "notFirst" }];

tester.run("directive-first", plugin.rules["directive-first"], {
  valid: [
    `"use tsyncio"; import { run } from "tsyncio"; await run(main());`,
    `'use tsyncio'`,
    `"use client"; "use tsyncio"; import "x";`,
    `// a comment\n"use tsyncio";`,
    `const text = "use tsyncio";`,
    `f("use tsyncio");`,
    `"use strict"; "use other";`,
  ],
  invalid: [
    { code: `import { run } from "tsyncio"; "use tsyncio"; await run(main());`, errors },
    { code: `("use tsyncio"); await f();`, errors },
    { code: `async function main() { "use tsyncio"; }`, errors },
    { code: `const x = 1; "use tsyncio";`, errors },
    { code: `f(); "use client"; "use tsyncio";`, errors },
    { code: `if (true) { "use tsyncio"; }`, errors },
  ],
});
