/** Whether every path out of a `catch` throws what was caught. */

import { eachChild, isFunction, type Node, type NodeOf } from "../ast/nodes.ts";
import type { Analysis } from "../scope/analyze.ts";

/** How control leaves a statement: by throwing what was caught, by something else, or to the next statement. */
type Exit = "rethrow" | "other" | "next";

export function everyPathRethrows(handler: NodeOf<"CatchClause">, analysis: Analysis): boolean {
  const { param, body } = handler;
  if (param?.type !== "Identifier") return false;
  const caught = analysis.bindingOf(param);
  if (caught === null || caught.writes > 0) return false;
  const exits = exitsOfAll(body.body, (node) => analysis.bindingOf(node) === caught);
  return exits.size === 1 && exits.has("rethrow");
}

type IsCaught = (node: Node) => boolean;

function exitsOfAll(statements: readonly Node[], isCaught: IsCaught): Set<Exit> {
  const exits = new Set<Exit>(["next"]);
  for (const statement of statements) {
    if (!exits.delete("next")) break;
    for (const exit of exitsOf(statement, isCaught)) exits.add(exit);
  }
  return exits;
}

function exitsOf(node: Node, isCaught: IsCaught): Set<Exit> {
  switch (node.type) {
    case "ThrowStatement":
      return new Set([isCaught(node.argument) ? "rethrow" : "other"]);
    case "ReturnStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return new Set(["other"]);
    case "BlockStatement":
      return exitsOfAll(node.body, isCaught);
    case "IfStatement": {
      const otherwise: Set<Exit> = node.alternate === null ? new Set(["next"]) : exitsOf(node.alternate, isCaught);
      return new Set([...exitsOf(node.consequent, isCaught), ...otherwise]);
    }
    case "TryStatement":
      return exitsOfTry(node, isCaught);
    case "LabeledStatement":
    case "SwitchStatement":
    case "ForStatement":
    case "ForOfStatement":
    case "ForInStatement":
    case "WhileStatement":
    case "DoWhileStatement":
      // May be passed without anything of it being run.
      return new Set(leavesOtherwise(node, isCaught) ? ["other", "next"] : ["next"]);
    default:
      return new Set(["next"]);
  }
}

function exitsOfTry({ block, handler, finalizer }: NodeOf<"TryStatement">, isCaught: IsCaught): Set<Exit> {
  const last: Set<Exit> = finalizer === null ? new Set(["next"]) : exitsOfAll(finalizer.body, isCaught);
  if (!last.has("next")) return last;
  const handled = handler === null ? [] : exitsOfAll(handler.body.body, isCaught);
  return new Set([...exitsOfAll(block.body, isCaught), ...handled, ...[...last].filter((exit) => exit !== "next")]);
}

function leavesOtherwise(node: Node, isCaught: IsCaught): boolean {
  if (node.type === "ReturnStatement" || (node.type === "ThrowStatement" && !isCaught(node.argument))) return true;
  let leaves = false;
  if (!isFunction(node)) {
    eachChild(node, (child) => {
      leaves ||= leavesOtherwise(child, isCaught);
    });
  }
  return leaves;
}
