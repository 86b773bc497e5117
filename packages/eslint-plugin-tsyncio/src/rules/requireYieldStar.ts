/** `yield` of what can only be waited for by `yield*`. */

import type { Rule } from "eslint";
import type * as ESTree from "estree";
import { returnsCoroutine } from "../coroutineCalls.ts";
import { importedOf } from "../imports.ts";
import { rule } from "../rule.ts";
import { bare, functionAround } from "../tree.ts";

/** They return futures and tasks. */
const FUTURE_FUNCTIONS: ReadonlySet<string> = new Set(["createTask", "ensureFuture", "gather", "shield", "wrapFuture"]);

export const requireYieldStar = rule(
  "require-yield-star",
  "require yield* to wait for coroutines, tasks and futures",
  {
    fixable: "code",
    messages: { noStar: "yield does not wait for what {{call}}(…) returns, and the task fails at it: write yield*." },
  },
  (context) => ({
    YieldExpression(node) {
      const { argument } = node;
      if (node.delegate || argument == null || !isWaitable(context, argument)) return;
      const body = functionAround(node);
      // An async generator hands values over by yield, coroutines too.
      if (
        body === null ||
        body.async ||
        makesAsyncGenerator(context, body as ESTree.Function & Rule.NodeParentExtension)
      )
        return;
      const call = bare(argument) as ESTree.CallExpression;
      context.report({
        node,
        messageId: "noStar",
        data: { call: context.sourceCode.getText(call.callee) },
        fix: (fixer) =>
          fixer.insertTextAfterRange([node.range?.[0] ?? 0, (node.range?.[0] ?? 0) + "yield".length], "*"),
      });
    },
  }),
);

function isWaitable(context: Rule.RuleContext, argument: ESTree.Node): boolean {
  if (returnsCoroutine(context, argument)) return true;
  const call = bare(argument);
  return call.type === "CallExpression" && FUTURE_FUNCTIONS.has(importedOf(context, call.callee)?.name ?? "");
}

/** The body of `asyncGenerator(function* () { … })`. */
function makesAsyncGenerator(context: Rule.RuleContext, { parent }: Rule.NodeParentExtension): boolean {
  return parent.type === "CallExpression" && importedOf(context, parent.callee)?.name === "asyncGenerator";
}
