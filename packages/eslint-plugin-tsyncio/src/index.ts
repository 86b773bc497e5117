/**
 * eslint-plugin-tsyncio: what goes wrong with coroutines and is seen by no compiler. For ESLint 9 and 10, and for
 * oxlint.
 */

import type { ESLint } from "eslint";
import { directiveFirst } from "./rules/directiveFirst.ts";
import { noAwaitUsingAcquire } from "./rules/noAwaitUsingAcquire.ts";
import { noDroppedCoroutine } from "./rules/noDroppedCoroutine.ts";
import { noDroppedTask } from "./rules/noDroppedTask.ts";
import { noPolling } from "./rules/noPolling.ts";
import { noSwallowedCancellation } from "./rules/noSwallowedCancellation.ts";
import { requireYieldStar } from "./rules/requireYieldStar.ts";

const rules = {
  "directive-first": directiveFirst,
  "no-await-using-acquire": noAwaitUsingAcquire,
  "no-dropped-coroutine": noDroppedCoroutine,
  "no-dropped-task": noDroppedTask,
  "no-polling": noPolling,
  "no-swallowed-cancellation": noSwallowedCancellation,
  "require-yield-star": requireYieldStar,
};

const plugin = {
  meta: { name: "eslint-plugin-tsyncio", namespace: "tsyncio" },
  rules,
  /** All rules, as errors: `export default [tsyncio.configs.recommended]`. */
  configs: {
    recommended: {
      name: "tsyncio/recommended",
      plugins: {} as Record<string, ESLint.Plugin>,
      rules: Object.fromEntries(Object.keys(rules).map((name) => [`tsyncio/${name}`, "error" as const])),
    },
  },
};
plugin.configs.recommended.plugins.tsyncio = plugin;

export default plugin;
