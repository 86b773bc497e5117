/** eslint-plugin-tsyncio: what goes wrong with coroutines and is seen by no compiler. For ESLint 9 and 10, and for oxlint. */

import type { ESLint } from "eslint";
import { directiveFirst } from "./rules/directiveFirst.ts";

const rules = {
  "directive-first": directiveFirst,
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
