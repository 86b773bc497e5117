/** A loop that waits by `sleep(0)` for a condition. */

import type { Rule } from "eslint";
import type * as ESTree from "estree";
import { importedOf } from "../imports.ts";
import { rule } from "../rule.ts";
import { bare } from "../tree.ts";

export const noPolling = rule(
  "no-polling",
  "disallow loops that wait for a condition by sleep(0)",
  {
    messages: {
      polling:
        "This loop takes the processor until its condition holds. Wait for what makes it hold: an Event, a Condition, a Queue, or the task.",
    },
  },
  (context) => {
    const check = (node: (ESTree.WhileStatement | ESTree.DoWhileStatement | ESTree.ForStatement) & Rule.Node): void => {
      if (node.type === "ForStatement" && node.update != null) return; // it counts
      const { body } = node;
      const statements = body.type === "BlockStatement" ? body.body : [body];
      const turns = statements.filter((statement) => isTurn(context, statement));
      if (turns.length > 0 && statements.every((statement) => turns.includes(statement) || leaves(statement))) {
        context.report({ node, messageId: "polling" });
      }
    };
    return { WhileStatement: check, DoWhileStatement: check, ForStatement: check };
  },
);

/** `yield* sleep(0);` or `await sleep(0);`. */
function isTurn(context: Rule.RuleContext, statement: ESTree.Statement): boolean {
  if (statement.type !== "ExpressionStatement") return false;
  const { expression } = statement;
  if (expression.type !== "AwaitExpression" && !(expression.type === "YieldExpression" && expression.delegate))
    return false;
  const call = expression.argument == null ? null : bare(expression.argument);
  if (call?.type !== "CallExpression" || importedOf(context, call.callee)?.name !== "sleep") return false;
  const [delay] = call.arguments;
  return delay?.type === "Literal" && delay.value === 0;
}

/** `if (…) break;`, or another statement that leaves the loop. */
function leaves(statement: ESTree.Statement): boolean {
  if (statement.type !== "IfStatement" || statement.alternate != null) return false;
  const { consequent } = statement;
  const last = consequent.type === "BlockStatement" ? consequent.body.at(-1) : consequent;
  return (
    last !== undefined &&
    ["BreakStatement", "ContinueStatement", "ReturnStatement", "ThrowStatement"].includes(last.type)
  );
}
