/**
 * Function declarations. `async function f` becomes `function* f`, and `f.prototype = $P` at the head of its block:
 * like the declaration itself it is there before the first statement runs.
 */

import type { Statement } from "oxc-parser";
import { isAsyncFunction, type NodeOf } from "../ast/nodes.ts";
import type { Module } from "../module.ts";
import { isConstant } from "../scope/binding.ts";
import { isDeferred } from "../scope/inert.ts";

/** The statements that register the functions which a block declares. They stand before its first statement. */
export function registrations(statements: readonly Statement[], module: Module): string[] {
  const list: string[] = [];
  for (const statement of statements) {
    const node = declarationIn(statement);
    if (!isAsyncFunction(node) || node.id === null || canBeConstant(node, module)) continue;
    list.push(
      `${node.id.name}.prototype = ${module.helpers.use(node.generator ? "generatorPrototype" : "coroutinePrototype")};\n`,
    );
  }
  return list;
}

function declarationIn(statement: Statement) {
  const exports = statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration";
  const node = exports ? statement.declaration : statement;
  return node?.type === "FunctionDeclaration" ? node : null;
}

/**
 * True for a function of the module that nothing can call before its declaration: `const f = $c(function* f …)` means
 * the same there, and a bundler can drop it where it is not used. References above it are allowed inside of functions,
 * as long as nothing runs yet.
 */
export function canBeConstant(
  node: NodeOf<"FunctionDeclaration">,
  { analysis, program, firstActive }: Module,
): boolean {
  const parent = analysis.parentOf(node);
  const isTopLevel = parent === program || analysis.parentOf(parent ?? node) === program;
  if (!isTopLevel || parent?.type === "LabeledStatement" || node.id === null) return false;
  const binding = analysis.bindingOf(node.id);
  if (binding === null || !isConstant(binding)) return false;
  return binding.references.every(
    (reference) => reference.start >= node.start || (node.start < firstActive && isDeferred(reference, analysis)),
  );
}
