/** The names that functions have by the place where they are written. */

import { type AnyFunction, bare, type Node } from "../ast/nodes.ts";
import type { Module } from "../module.ts";
import { isConstant } from "../scope/binding.ts";

/** The name that an anonymous function has by its place, as in JavaScript; null if it has none. */
export function nameByPlace(node: Node, { analysis }: Module): string | null {
  const parent = analysis.parentOf(node);
  const key = analysis.keyOf(node);
  switch (parent?.type) {
    case "ParenthesizedExpression":
      return nameByPlace(parent, { analysis } as Module);
    case "VariableDeclarator":
      return key === "init" ? nameOf(parent.id) : null;
    case "AssignmentExpression":
      return key === "right" && /^(?:\?\?|\|\||&&)?=$/.test(parent.operator) ? nameOf(parent.left) : null;
    case "AssignmentPattern":
      return key === "right" ? nameOf(parent.left) : null;
    case "Property":
    case "PropertyDefinition":
    case "AccessorProperty":
      return key === "value" && !parent.computed ? keyName(parent.key) : null;
    case "ExportDefaultDeclaration":
      return "default";
    default:
      return null;
  }
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
