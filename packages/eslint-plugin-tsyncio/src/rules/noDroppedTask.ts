/** A task that nothing keeps. */

import type { Rule } from "eslint";
import type * as ESTree from "estree";
import { importedOf, nameOfMember } from "../imports.ts";
import { rule } from "../rule.ts";
import { bare, dropped } from "../tree.ts";

export const noDroppedTask = rule(
  "no-dropped-task",
  "disallow tasks that nothing keeps",
  {
    messages: {
      dropped:
        "Nothing keeps this task: nothing waits for its end or sees its error, and nothing can cancel it. Create it in a TaskGroup, or keep it and await it; where it shall live by itself, write void {{call}}(…).",
    },
  },
  (context) => ({
    CallExpression(node) {
      if (dropped(node) !== "statement" || !makesTask(context, node)) return;
      context.report({ node, messageId: "dropped", data: { call: context.sourceCode.getText(node.callee) } });
    },
  }),
);

/** `createTask(…)`, `ensureFuture(…)`, and `getRunningLoop().createTask(…)`. A task of a group is kept by the group. */
function makesTask(context: Rule.RuleContext, { callee }: ESTree.CallExpression): boolean {
  const name = importedOf(context, callee)?.name;
  if (name !== undefined) return name === "createTask" || name === "ensureFuture";
  if (callee.type !== "MemberExpression" || nameOfMember(callee) !== "createTask") return false;
  const loop = bare(callee.object);
  return loop.type === "CallExpression" && importedOf(context, loop.callee)?.name === "getRunningLoop";
}
