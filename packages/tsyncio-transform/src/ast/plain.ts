/** Expressions whose value is certainly no promise and no coroutine: nothing has to be waited for. */

import type { Node } from "./nodes.ts";

export function isPlain(node: Node): boolean {
  switch (node.type) {
    case "Literal":
    case "TemplateLiteral":
    case "ObjectExpression":
    case "ArrayExpression":
    case "ArrowFunctionExpression":
    case "FunctionExpression":
    case "ClassExpression":
    case "BinaryExpression":
    case "UpdateExpression":
    case "UnaryExpression":
    case "MetaProperty":
    case "JSXElement":
    case "JSXFragment":
    case "AwaitExpression":
      return true;
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
