/**
 * The caller decides. A coroutine function that leaves as a value is handed over: code that is not transformed may call
 * it, and what it calls begins at once. One wrapper a function is made at run time.
 */

import { isCoroutineFunction, type Node } from "../ast/nodes.ts";
import type { Here, Module } from "../module.ts";
import { tsyncioName } from "../scope/tsyncio.ts";
import { isForwarding } from "./forwarding.ts";
import { pure } from "./pure.ts";

/** What stands around a node that leaves as a value and may be a coroutine function; null for any other. */
export function handingOver(node: Node, here: Here, module: Module): readonly [open: string, close: string] | null {
  const { analysis } = module;
  const isInPlace = isCoroutineFunction(node) || isForwarding(node, module);
  if (!isInPlace && node.type !== "Identifier" && node.type !== "MemberExpression") return null;
  if (!leaves(node, module) || !(isInPlace || module.members.mayBeCoroutineFunction(node))) return null;
  const parent = analysis.parentOf(node);
  const key = parent?.type === "Property" && parent.shorthand ? keyFor(module.edits.sliceOf(node)) : "";
  const { open, close } = handedOver(node, isInPlace ? "handedOverHere" : "handedOver", here, module);
  return [key + open, close];
}

/** `__proto__: f` would set the prototype, which `{ __proto__ }` does not. */
function keyFor(shorthand: string): string {
  return shorthand === "__proto__" ? '["__proto__"]: ' : `${shorthand}: `;
}

/** `$w(` and `,"file.ts:12")` */
export function handedOver(node: Node, helper: "handedOver" | "handedOverHere", here: Here, module: Module) {
  return pure(
    { open: `${module.helpers.use(helper)}(`, close: `, ${module.placeText(node)})`, isCall: true },
    here,
    module,
  );
}

/** True where the value of the node goes to a place from which unknown code may take it. */
function leaves(node: Node, module: Module): boolean {
  const { analysis } = module;
  const parent = analysis.parentOf(node);
  switch (parent?.type) {
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "TSTypeAssertion":
    case "LogicalExpression":
      return leaves(parent, module);
    case "ConditionalExpression":
      return parent.test !== node && leaves(parent, module);
    case "SequenceExpression":
      return parent.expressions.at(-1) === node && leaves(parent, module);
    case "CallExpression":
    case "NewExpression":
      // The functions of tsyncio's know coroutine functions.
      return parent.callee !== node && tsyncioName(parent.callee, analysis) === null;
    case "MemberExpression":
      return (
        parent.object === node &&
        !parent.computed &&
        parent.property.type === "Identifier" &&
        parent.property.name === "bind"
      );
    case "Property":
      return (
        parent.value === node &&
        !parent.method &&
        parent.kind === "init" &&
        analysis.parentOf(parent)?.type === "ObjectExpression"
      );
    case "PropertyDefinition":
    case "AccessorProperty":
      return parent.value === node && parent.key.type !== "PrivateIdentifier";
    case "AssignmentExpression":
      return (
        parent.right === node &&
        parent.left.type === "MemberExpression" &&
        parent.left.property.type !== "PrivateIdentifier"
      );
    case "ReturnStatement":
    case "ArrayExpression":
    case "JSXExpressionContainer":
      return true;
    case "ArrowFunctionExpression":
      return parent.body === node;
    default:
      return false;
  }
}
