/** Modules in native syntax. */

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

/** True if the async functions of the module are coroutine functions. */
export function isMarked({ sourceCode }: Rule.RuleContext): boolean {
  return directivesOf(sourceCode.ast).some(isMark);
}
