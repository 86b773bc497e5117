/** The names that functions have by the place where they are written. */

import { type AnyFunction, bare, isAsyncFunction, type Node } from "../ast/nodes.ts";
import type { Module } from "../module.ts";
import { isConstant } from "../scope/binding.ts";

/** The name of a function: its text, or, under a computed key, an expression for that. */
export type Name = string | { readonly key: string };

/** The name that an anonymous function has by its place, as in JavaScript; null if it has none. */
export function nameByPlace(node: Node, module: Module): Name | null {
  const { analysis, keys } = module;
  const parent = analysis.parentOf(node);
  const key = analysis.keyOf(node);
  switch (parent?.type) {
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
      return nameByPlace(parent, module);
    case "VariableDeclarator":
      return key === "init" ? nameOf(parent.id) : null;
    case "AssignmentExpression":
      return key === "right" && /^(?:\?\?|\|\||&&)?=$/.test(parent.operator) ? nameOf(parent.left) : null;
    case "AssignmentPattern":
      return key === "right" ? nameOf(parent.left) : null;
    case "Property":
    case "PropertyDefinition":
    case "AccessorProperty":
      if (key !== "value") return null;
      return parent.computed ? (keys.get(parent) ?? null) : keyName(parent.key);
    case "ExportDefaultDeclaration":
      return "default";
    default:
      return null;
  }
}

/** An anonymous async function, which is named by the property whose value it is. */
export function isNamedByProperty(value: Node | null): boolean {
  const fn = value === null ? null : bare(value);
  return isAsyncFunction(fn) && fn.id === null;
}

function nameOf(target: Node): string | null {
  return target.type === "Identifier" ? target.name : null;
}

/** The name of a property whose key is not computed. */
export function keyName(key: Node): string {
  if (key.type === "Identifier") return key.name;
  if (key.type === "PrivateIdentifier") return `#${key.name}`;
  return key.type === "Literal" ? String(key.value) : "";
}

/** Words that cannot name a function expression in a module. */
const RESERVED = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for " +
    "function if implements import in instanceof interface let new null package private protected public return static super switch " +
    "this throw true try typeof var void while with yield"
  ).split(" "),
);

/** True if a function expression can carry the name itself: no code inside of it means another thing by that name. */
export function canCarry(name: string, node: AnyFunction, { analysis }: Module): boolean {
  if (!/^[A-Za-z_$][\w$]*$/.test(name) || RESERVED.has(name)) return false;
  return analysis.referencesTo(name).every(({ node: one, binding }) => {
    if (one.start < node.start || one.end > node.end) return true;
    return binding !== null && isConstant(binding) && binding.value !== null && bare(binding.value) === node;
  });
}
