/** What the methods of classes and of object literals have in common. */

import type { AnyFunction, Node, NodeOf } from "../ast/nodes.ts";
import type { Edits } from "../edits.ts";
import type { Here, Module } from "../module.ts";
import { isConstant } from "../scope/binding.ts";

export type Property = Extract<NodeOf<"ObjectExpression">["properties"][number], { type: "Property" }>;
export type Method = NodeOf<"MethodDefinition"> | Property;
export type Field = NodeOf<"PropertyDefinition"> | NodeOf<"AccessorProperty">;

/** The keys of methods that one call registers. */
export interface Keys {
  readonly coroutines: string[];
  readonly generators: string[];
}

export function noKeys(): Keys {
  return { coroutines: [], generators: [] };
}

/** `["a"],["b"]`, or nothing. */
export function listsOf({ coroutines, generators }: Keys): string {
  if (coroutines.length + generators.length === 0) return "";
  return `[${coroutines.join(", ")}], [${generators.join(", ")}]`;
}

export function add(keys: Keys, fn: AnyFunction, key: string): void {
  (fn.generator ? keys.generators : keys.coroutines).push(key);
}

/** The offsets of the word `async` and of the key, with its bracket. `from`: behind decorators. */
export function headOf(from: number, fn: AnyFunction, edits: Edits): { async: number; key: number } {
  let async = edits.skipBlanks(from);
  for (;;) {
    const word = /\w*/y;
    word.lastIndex = async;
    const [text = ""] = word.exec(edits.code) ?? [];
    if (text === "async" || text === "") break;
    async = edits.skipBlanks(async + text.length);
  }
  const end = edits.behind("async", async);
  return { async, key: edits.skipBlanks(fn.generator ? edits.behind("*", end) : end) };
}

/**
 * Visits the key, and returns an expression for it. A computed key is evaluated once: unless it is a constant, a
 * variable keeps it.
 */
export function visitKey({ key, computed }: Method | Field, here: Here, module: Module): string {
  const text = module.edits.sliceOf(key);
  if (!computed) return key.type === "Identifier" ? JSON.stringify(key.name) : text;
  if (isLiteral(key, module)) return text;
  const variable = module.variable("k");
  module.edits.wrap(key, [`${variable} = ${module.helpers.use("propertyKey")}(`, ")"], () => module.visit(key, here));
  return variable;
}

/** True for a key that later code can evaluate again. */
export function isConstantKey(key: Node, module: Module): boolean {
  const binding = module.analysis.bindingOf(key);
  return binding === null ? isLiteral(key, module) : isConstant(binding);
}

/** A literal, or `Symbol.iterator` and its like. */
function isLiteral(key: Node, { analysis }: Module): boolean {
  if (key.type === "Literal") return true;
  if (key.type !== "MemberExpression" || key.computed || key.object.type !== "Identifier") return false;
  return key.object.name === "Symbol" && analysis.bindingOf(key.object) === null;
}
