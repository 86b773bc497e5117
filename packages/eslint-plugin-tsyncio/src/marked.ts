/** Modules of tsyncio's programs, and those in native syntax. */

import type { Rule } from "eslint";
import type * as ESTree from "estree";

const DIRECTIVE = "use tsyncio";

/** True for the statement `"use tsyncio"`, wherever it stands. */
export function isMark(statement: ESTree.Node): boolean {
  if (statement.type !== "ExpressionStatement") return false;
  const { expression } = statement;
  return expression.type === "Literal" && expression.value === DIRECTIVE;
}

/** The directives at the head of a module. A string in parentheses is none. */
export function directivesOf({ body }: ESTree.Program): ESTree.Node[] {
  const end = body.findIndex((statement) => !("directive" in statement) || typeof statement.directive !== "string");
  return end === -1 ? [...body] : body.slice(0, end);
}

/**
 * True for a module that imports something of tsyncio, its types too, or is in native syntax: its generators are
 * coroutines. Other libraries have generators too.
 */
export function usesTsyncio(context: Rule.RuleContext): boolean {
  const imports = context.sourceCode.ast.body.some(
    (statement) => statement.type === "ImportDeclaration" && isTsyncio(statement.source.value),
  );
  return imports || isMarked(context);
}

export function isTsyncio(module: unknown): module is string {
  return typeof module === "string" && /^tsyncio(?:\/|$)/.test(module);
}

/** True if the async functions of the module are coroutine functions. */
export function isMarked({ sourceCode }: Rule.RuleContext): boolean {
  return directivesOf(sourceCode.ast).some(isMark);
}
