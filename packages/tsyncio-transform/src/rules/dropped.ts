/**
 * Nothing is dropped in silence: a call whose result is not taken is asked for `dropped`, which reports a coroutine.
 */

import type { Node, NodeOf } from "../ast/nodes.ts";
import type { Module, Rules } from "../module.ts";
import { isHoisted } from "./hoisted.ts";

export const dropped: Rules = {
  ExpressionStatement(node, here, module) {
    module.visit(node.expression, here);
    if (module.style === "packed") drop(node.expression, module);
  },
};

/** Globals whose functions return nothing that could be dropped. */
const SYNCHRONOUS = new Set(["console", "Math", "JSON", "Object", "Reflect"]);

/** Marks the calls whose results are the value of the expression, which is dropped. */
function drop(node: Node, module: Module): void {
  switch (node.type) {
    case "CallExpression":
      if (mayReturnCoroutine(node, module)) module.edits.after(node, `?.[${module.helpers.use("dropped")}]`);
      break;
    case "ParenthesizedExpression":
    case "ChainExpression":
      drop(node.expression, module);
      break;
    case "UnaryExpression":
      if (node.operator === "void") drop(node.argument, module);
      break;
    case "LogicalExpression":
      drop(node.right, module);
      break;
    case "ConditionalExpression":
      drop(node.consequent, module);
      drop(node.alternate, module);
      break;
    case "SequenceExpression":
      for (const one of node.expressions) drop(one, module);
      break;
    default:
  }
}

function mayReturnCoroutine({ callee }: NodeOf<"CallExpression">, module: Module): boolean {
  if (callee.type === "Super" || isHoisted(callee, module)) return false;
  if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier") return true;
  return module.analysis.bindingOf(callee.object) !== null || !SYNCHRONOUS.has(callee.object.name);
}
