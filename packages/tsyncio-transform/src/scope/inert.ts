/**
 * Which statements of a module only declare. What runs none of the module's functions may stand above the declaration
 * of one that they
 * call: nothing can have called it too early.
 */

import type { Program } from "oxc-parser";
import { bare, isClass, isFunction, type Node, type NodeOf } from "../ast/nodes.ts";
import type { Analysis } from "./analyze.ts";

/** The offset of the first statement of the module that may run a function of the module. */
export function firstActive({ body }: Program, analysis: Analysis): number {
  return body.find((statement) => !isInert(statement, analysis))?.start ?? Number.POSITIVE_INFINITY;
}

/** True if code of a function that is not running yet holds the node. */
export function isDeferred(node: Node, analysis: Analysis): boolean {
  for (let outer = analysis.parentOf(node); outer !== null; outer = analysis.parentOf(outer)) {
    if (isFunction(outer)) return true;
  }
  return false;
}

function isInert(node: Node, analysis: Analysis): boolean {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "FunctionDeclaration":
    case "TSDeclareFunction":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
    case "EmptyStatement":
      return true;
    case "ExpressionStatement":
      return isInertValue(node.expression, analysis);
    case "ExportNamedDeclaration":
    case "ExportDefaultDeclaration":
      return node.declaration === null || isInert(node.declaration, analysis);
    case "VariableDeclaration":
      return node.declarations.every(
        ({ id, init }) => id.type === "Identifier" && (init === null || isInertValue(init, analysis)),
      );
    default:
      return isInertValue(node, analysis);
  }
}

/** True if evaluating the expression calls none of the module's functions. */
function isInertValue(node: Node, analysis: Analysis): boolean {
  const value = bare(node);
  if (isFunction(value)) return true;
  if (isClass(value)) return isInertClass(value, analysis);
  switch (value.type) {
    case "ArrayExpression":
      return value.elements.every((one: Node | null) => one === null || isInertValue(one, analysis));
    case "ObjectExpression":
      return value.properties.every(
        (one) =>
          one.type === "Property" && (!one.computed || isData(one.key, analysis)) && isInertValue(one.value, analysis),
      );
    case "Identifier":
      return true;
    default:
      return isData(value, analysis);
  }
}

/** True if the value holds no function of the module, and making it calls none. */
function isData(node: Node, analysis: Analysis): boolean {
  const value = bare(node);
  switch (value.type) {
    case "Literal":
      return true;
    case "TemplateLiteral":
      return value.expressions.every((one) => isData(one, analysis));
    case "UnaryExpression":
      return isData(value.argument, analysis);
    case "BinaryExpression":
    case "LogicalExpression":
      return isData(value.left, analysis) && isData(value.right, analysis);
    case "ArrayExpression":
      return value.elements.every((one: Node | null) => one === null || isData(one, analysis));
    case "ObjectExpression":
      return value.properties.every(
        (one) =>
          one.type === "Property" &&
          one.kind === "init" &&
          (!one.computed || isData(one.key, analysis)) &&
          isData(one.value, analysis),
      );
    case "Identifier":
    case "MemberExpression":
      return isForeign(value, analysis);
    case "CallExpression":
    case "NewExpression":
      return isForeign(value.callee, analysis) && value.arguments.every((one) => isData(one, analysis));
    default:
      return false;
  }
}

/** A global or an import, or a member of one. */
function isForeign(node: Node, analysis: Analysis): boolean {
  const value = bare(node);
  if (value.type === "MemberExpression") {
    return isForeign(value.object, analysis) && (!value.computed || isData(value.property, analysis));
  }
  if (value.type === "MetaProperty") return true;
  if (value.type !== "Identifier") return false;
  const binding = analysis.bindingOf(value);
  return binding === null || binding.kind === "import";
}

function isInertClass(node: NodeOf<"ClassExpression">, analysis: Analysis): boolean {
  if (node.decorators.length > 0 || (node.superClass !== null && !isInertValue(node.superClass, analysis)))
    return false;
  return node.body.body.every((member) => {
    if (member.type === "StaticBlock") return false;
    if (!("key" in member)) return true;
    if (member.decorators.length > 0 || (member.computed && !isData(member.key, analysis))) return false;
    return !member.static || member.value === null || isInertValue(member.value, analysis);
  });
}
