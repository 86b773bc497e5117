/** `await x` binds tightly, `yield* x` binds loosely: where it needs parentheses. */

import type { Node } from "../ast/nodes.ts";
import type { Module } from "../module.ts";
import type { Analysis } from "../scope/analyze.ts";

/** The places that take any assignment expression: there it needs none. */
const LOOSE: { readonly [type: string]: readonly string[] } = {
  ExpressionStatement: ["expression"],
  VariableDeclarator: ["init"],
  ReturnStatement: ["argument"],
  ThrowStatement: ["argument"],
  AssignmentExpression: ["right"],
  AssignmentPattern: ["right"],
  CallExpression: ["arguments"],
  NewExpression: ["arguments"],
  ImportExpression: ["source"],
  ArrayExpression: ["elements"],
  SpreadElement: ["argument"],
  Property: ["value"],
  TemplateLiteral: ["expressions"],
  ParenthesizedExpression: ["expression"],
  SequenceExpression: ["expressions"],
  ConditionalExpression: ["consequent", "alternate"],
  YieldExpression: ["argument"],
  ArrowFunctionExpression: ["body"],
  IfStatement: ["test"],
  WhileStatement: ["test"],
  DoWhileStatement: ["test"],
  SwitchStatement: ["discriminant"],
  SwitchCase: ["test"],
  ForStatement: ["init", "test", "update"],
  ForOfStatement: ["right"],
  ForInStatement: ["right"],
  JSXExpressionContainer: ["expression"],
};

export function needsParentheses(node: Node, analysis: Analysis): boolean {
  const parent = analysis.parentOf(node);
  return parent === null || !LOOSE[parent.type]?.includes(analysis.keyOf(node));
}

/** A parenthesis before the node. */
export function parenthesis(node: Node, module: Module): "(" | ";(" {
  return needsSemicolon(node, module) ? ";(" : "(";
}

/**
 * True for an expression that begins a statement behind one without a semicolon: a parenthesis before it would call
 * what stands above.
 */
function needsSemicolon(node: Node, { analysis, code }: Module): boolean {
  let statement: Node | null = node;
  while (statement !== null && statement.type !== "ExpressionStatement") {
    if (statement.start !== node.start) return false;
    statement = analysis.parentOf(statement);
  }
  const list = statement === null ? null : analysis.parentOf(statement);
  if (statement === null || statement.start !== node.start || list === null) return false;
  const statements: readonly Node[] =
    list.type === "SwitchCase" ? list.consequent : "body" in list && Array.isArray(list.body) ? list.body : [];
  const above = statements[statements.indexOf(statement) - 1];
  return above !== undefined && code[above.end - 1] !== ";";
}
