/** Looking at a syntax tree. */

import type { Rule } from "eslint";
import type * as ESTree from "estree";

/** A node of any parser: those of TypeScript have types that ESTree does not know. */
type AnyNode = ESTree.Node & { parent?: AnyNode };

export function isFunction({ type }: { type: string }): boolean {
  return type === "FunctionDeclaration" || type === "FunctionExpression" || type === "ArrowFunctionExpression";
}

/** The function around the node; null at the top of the module. */
export function functionAround(node: Rule.Node): ESTree.Function | null {
  let around: Rule.Node | null = node.parent;
  while (around !== null && around !== undefined && !isFunction(around)) around = around.parent;
  return (around ?? null) as ESTree.Function | null;
}

/** True if `test` holds for the node or for one below it. Functions below it are looked into only with `functions`. */
export function contains(
  context: Rule.RuleContext,
  node: ESTree.Node,
  test: (node: AnyNode) => boolean,
  functions = false,
): boolean {
  if (test(node)) return true;
  for (const key of context.sourceCode.visitorKeys[node.type] ?? []) {
    const below = (node as unknown as Record<string, unknown>)[key];
    for (const child of Array.isArray(below) ? below : [below]) {
      if (child === null || child === undefined || (!functions && isFunction(child))) continue;
      if (contains(context, child as ESTree.Node, test, functions)) return true;
    }
  }
  return false;
}

/**
 * Without what TypeScript writes around an expression: `x!`, `x as T`, `x satisfies T`, and without the `?.` of a
 * chain.
 */
export function bare(node: ESTree.Node): ESTree.Node {
  const wrapped = WRAPPERS.has(node.type) ? (node as unknown as { expression: ESTree.Node }).expression : null;
  return wrapped === null ? node : bare(wrapped);
}

const WRAPPERS: ReadonlySet<string> = new Set([
  "ChainExpression",
  "TSNonNullExpression",
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
]);

/**
 * What becomes of the value of an expression that nothing takes: `"statement"`, or `"void"` where the program says so.
 */
export function dropped(node: Rule.Node): "statement" | "void" | null {
  const { parent } = node;
  if (parent === null) return null;
  const type: string = parent.type;
  if (type === "ExpressionStatement") return "statement";
  if (WRAPPERS.has(type)) return dropped(parent);
  switch (parent.type) {
    case "UnaryExpression":
      return parent.operator === "void" ? "void" : null;
    case "LogicalExpression":
      return parent.right === node ? dropped(parent) : null;
    case "ConditionalExpression":
      return parent.test === node ? null : dropped(parent);
    case "SequenceExpression":
      return parent.expressions.at(-1) === node ? dropped(parent) : "statement";
    case "ForStatement":
      return parent.test === node ? null : "statement";
    default:
      return null;
  }
}
