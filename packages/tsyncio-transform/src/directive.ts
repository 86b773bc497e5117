/** The mark of a module: `"use tsyncio"` among its directives, before everything else. */

import type { Program, Statement } from "oxc-parser";
import type { NodeOf } from "./ast/nodes.ts";

export const DIRECTIVE = "use tsyncio";
/** Is in the text of every module that is marked. */
export const MARK = /["']use tsyncio["']/;

/** False if the module is certainly not marked. Costs one search of the text. */
export function isMarked(code: string): boolean {
  return MARK.test(code);
}

/** The directive, or the statement that was meant to be one; null if there is neither. */
export function findDirective(program: Program): { node: NodeOf<"ExpressionStatement">; leads: boolean } | null {
  let leads = true;
  for (const node of program.body) {
    if (node.type !== "ExpressionStatement") {
      leads = false;
      continue;
    }
    if (typeof node.directive !== "string") leads = false;
    const { expression } = node;
    if (expression.type === "Literal" && expression.value === DIRECTIVE) return { node, leads };
  }
  return null;
}

/** The last directive at the head of a module or of a function. */
export function lastDirective(statements: readonly Statement[]): NodeOf<"ExpressionStatement"> | null {
  let last: NodeOf<"ExpressionStatement"> | null = null;
  for (const node of statements) {
    if (node.type !== "ExpressionStatement" || typeof node.directive !== "string") break;
    last = node;
  }
  return last;
}
