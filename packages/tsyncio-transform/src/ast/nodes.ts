/** The nodes of ESTree and TS-ESTree, and what the rules ask of them. */

import type { ArrowFunctionExpression, Expression, Function as FunctionNode, Node } from "oxc-parser";
import { visitorKeys } from "oxc-parser";

export type { Node };

/** The node whose `type` is `T`. */
export type NodeOf<T extends Node["type"]> = Node extends infer N
  ? N extends Node
    ? T extends N["type"]
      ? N
      : never
    : never
  : never;

export type AnyFunction = FunctionNode | ArrowFunctionExpression;

export function isFunction(node: Node): node is AnyFunction {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return true;
    default:
      return false;
  }
}

/** An async function that is no generator, or an async generator function; with a body. */
export function isAsyncFunction(node: Node | null | undefined): node is AnyFunction {
  return node != null && isFunction(node) && node.async && node.body !== null;
}

/** A function whose calls are coroutines. */
export function isCoroutineFunction(node: Node | null | undefined): node is AnyFunction {
  return isAsyncFunction(node) && !node.generator;
}

export function isClass(node: Node): node is NodeOf<"ClassExpression"> {
  return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}

/** `using` or `await using`, where the node is such a declaration. */
export function usingKind(node: Node | null): "using" | "await using" | null {
  if (node?.type !== "VariableDeclaration") return null;
  return node.kind === "using" || node.kind === "await using" ? node.kind : null;
}

/** The expression inside of parentheses and of TypeScript's assertions. */
export function bare(node: Expression): Expression;
export function bare(node: Node): Node;
export function bare(node: Node): Node {
  switch (node.type) {
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "TSTypeAssertion":
    case "TSInstantiationExpression":
      return bare(node.expression);
    default:
      return node;
  }
}

/** Nodes of TypeScript's that hold code. All others are types. */
const HOLDS_CODE = new Set<string>([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
  "TSParameterProperty",
  "TSEnumDeclaration",
  "TSEnumBody",
  "TSEnumMember",
  "TSModuleDeclaration",
  "TSModuleBlock",
  "TSExportAssignment",
  "TSDeclareFunction",
]);

/** The children by which a node names something, instead of running it. */
const NAMES: { readonly [type: string]: readonly string[] } = {
  BreakStatement: ["label"],
  ContinueStatement: ["label"],
  LabeledStatement: ["label"],
  MetaProperty: ["meta", "property"],
  ImportDeclaration: ["specifiers", "source", "attributes"],
  ExportAllDeclaration: ["exported", "source", "attributes"],
  ExportNamedDeclaration: ["specifiers", "source", "attributes"],
  JSXAttribute: ["name"],
  JSXClosingElement: ["name"],
  TSDeclareFunction: ["id", "params", "body"],
  TSEnumDeclaration: ["id"],
  TSEnumMember: ["id"],
  TSModuleDeclaration: ["id"],
};

/** Nodes with a name that is code only when it stands in brackets. */
const KEYS: { readonly [type: string]: "key" | "property" } = {
  Property: "key",
  MethodDefinition: "key",
  PropertyDefinition: "key",
  AccessorProperty: "key",
  MemberExpression: "property",
  JSXMemberExpression: "property",
};

const codeKeys = new Map<string, readonly string[]>();

/**
 * Calls `visit` for each child that is code, in the order of the text: no types, no labels, no names of properties.
 * Identifiers among them are references or bindings.
 */
export function eachChild(node: Node, visit: (child: Node, key: string) => void): void {
  let keys = codeKeys.get(node.type);
  if (keys === undefined) {
    const names = NAMES[node.type] ?? [];
    keys = (visitorKeys[node.type] ?? []).filter((key) => !names.includes(key));
    codeKeys.set(node.type, keys);
  }
  const name = KEYS[node.type];
  const fields = node as unknown as { readonly [key: string]: unknown };
  for (const key of keys) {
    if (key === name && fields.computed !== true) continue;
    const child = fields[key];
    if (Array.isArray(child)) {
      for (const item of child) if (isCode(item)) visit(item, key);
    } else if (isCode(child)) visit(child, key);
  }
}

function isCode(value: unknown): value is Node {
  if (typeof value !== "object" || value === null) return false;
  const { type } = value as Node;
  return !type.startsWith("TS") || HOLDS_CODE.has(type);
}

/** True if `test` holds for the node or one below it. Functions below it are not entered. */
export function someNode(node: Node, test: (node: Node) => boolean): boolean {
  if (test(node)) return true;
  let found = false;
  eachChild(node, (child) => {
    found ||= isFunction(child) ? test(child) : someNode(child, test);
  });
  return found;
}
