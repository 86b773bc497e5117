/** Expressions whose value is certainly no promise and no coroutine: nothing has to be waited for. */

import type { Node } from "./nodes.ts";

export function isPlain(node: Node): boolean {
  switch (node.type) {
    case "Literal":
    case "TemplateLiteral":
    case "ArrayExpression":
    case "ArrowFunctionExpression":
    case "FunctionExpression":
    case "BinaryExpression":
    case "UpdateExpression":
    case "UnaryExpression":
    case "MetaProperty":
    case "JSXElement":
    case "JSXFragment":
    case "AwaitExpression":
      return true;
    case "ObjectExpression":
      return node.properties.every((one) => one.type === "Property" && !mayBeThen(one));
    case "ClassExpression":
      return node.superClass === null && !node.body.body.some((one) => "key" in one && one.static && mayBeThen(one));
    case "Identifier":
      return node.name === "undefined";
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "TSTypeAssertion":
      return isPlain(node.expression);
    case "ConditionalExpression":
      return isPlain(node.consequent) && isPlain(node.alternate);
    case "LogicalExpression":
      return isPlain(node.left) && isPlain(node.right);
    case "SequenceExpression":
      return isPlain(node.expressions.at(-1) as Node);
    case "AssignmentExpression":
      return /^(?:\?\?|\|\||&&)?=$/.test(node.operator) ? isPlain(node.right) : true;
    default:
      return false;
  }
}

/** True for a member that may make a thenable of its object. */
function mayBeThen({ key, computed }: { readonly key: Node; readonly computed: boolean }): boolean {
  if (computed) return true;
  const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? key.value : null;
  return name === "then" || name === "__proto__";
}
