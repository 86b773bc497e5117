/** `"use tsyncio"` that marks nothing, since it is not among the directives of the module. */

import type { Program } from "estree";
import { rule } from "../rule.ts";

const DIRECTIVE = "use tsyncio";

export const directiveFirst = rule(
  "directive-first",
  'require "use tsyncio" to be a directive at the head of its module',
  {
    messages: {
      notFirst:
        '"use tsyncio" marks a module only as its first statement: here it does nothing, and the async functions of the module are JavaScript\'s.',
    },
  },
  (context) => ({
    ExpressionStatement(node) {
      const { expression, parent } = node;
      if (expression.type !== "Literal" || expression.value !== DIRECTIVE) return;
      if (parent.type === "Program" && isDirective(node, parent)) return;
      context.report({ node, messageId: "notFirst" });
    },
  }),
);

/** All statements before it are directives too. Not by the property `directive`: a string in parentheses has none. */
function isDirective(node: object, { body }: Program): boolean {
  for (const statement of body) {
    if (statement.type !== "ExpressionStatement" || !("directive" in statement) || statement.directive === undefined)
      return false;
    if (statement === node) return true;
  }
  return false;
}
