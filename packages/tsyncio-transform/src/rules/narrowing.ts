/**
 * The part of a `catch` that is for every error: what only errors of a class run, which the handler asks for, is left
 * out.
 */

import { bare, type Node, type NodeOf } from "../ast/nodes.ts";
import type { Analysis } from "../scope/analyze.ts";

/** The statements and expressions of the handler that an error of any class runs. */
export function forEveryError({ param, body }: NodeOf<"CatchClause">, analysis: Analysis): Node[] {
  const caught = param?.type === "Identifier" ? analysis.bindingOf(param) : null;
  if (caught === null || caught.writes > 0) return [body];
  return ofAll(body.body, {
    isCaught: (node) => analysis.bindingOf(node) === caught,
    isAny: (node) => node.type === "Identifier" && node.name === "Error" && analysis.bindingOf(node) === null,
  });
}

interface Names {
  isCaught(node: Node): boolean;
  /** The class of all errors. */
  isAny(node: Node): boolean;
}

function ofAll(statements: readonly Node[], names: Names): Node[] {
  const found: Node[] = [];
  for (const statement of statements) {
    if (statement.type === "BlockStatement") {
      found.push(...ofAll(statement.body, names));
    } else if (statement.type !== "IfStatement") {
      found.push(statement);
    } else {
      const { test, consequent, alternate } = statement;
      found.push(test);
      if (!asks(test, true, names)) found.push(...ofAll([consequent], names));
      if (!asks(test, false, names)) {
        if (alternate !== null) found.push(...ofAll([alternate], names));
      } else if (leaves(consequent)) {
        return found;
      }
    }
  }
  return found;
}

/** Whether the error is of a class that was asked for wherever the test comes out so. */
function asks(node: Node, outcome: boolean, names: Names): boolean {
  const test = bare(node);
  switch (test.type) {
    case "UnaryExpression":
      return test.operator === "!" && asks(test.argument, !outcome, names);
    case "LogicalExpression": {
      const sides = [test.left, test.right];
      if (test.operator === "??") return false;
      // Both sides have come out so, or else one of them, and it is unknown which.
      const both = (test.operator === "&&") === outcome;
      return both
        ? sides.some((side) => asks(side, outcome, names))
        : sides.every((side) => asks(side, outcome, names));
    }
    case "BinaryExpression":
      return (
        outcome && test.operator === "instanceof" && names.isCaught(bare(test.left)) && !names.isAny(bare(test.right))
      );
    default:
      return false;
  }
}

function leaves(node: Node): boolean {
  if (node.type === "BlockStatement") return node.body.length > 0 && leaves(node.body.at(-1) as Node);
  return /^(?:Throw|Return|Break|Continue)Statement$/.test(node.type);
}
