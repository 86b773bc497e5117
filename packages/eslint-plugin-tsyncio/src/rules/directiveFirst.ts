/** `"use tsyncio"` that marks nothing, since it is not among the directives of the module. */

import { directivesOf, isMark } from "../marked.ts";
import { rule } from "../rule.ts";

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
      if (!isMark(node) || directivesOf(context.sourceCode.ast).includes(node)) return;
      context.report({ node, messageId: "notFirst" });
    },
  }),
);
