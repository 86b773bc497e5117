/**
 * A cancellation passes a `catch`: a handler around an await begins with the guard, which throws on what the handler
 * must not see. There is none where the handler speaks of cancellation itself, or throws what it caught on every path.
 */

import { eachChild, type Node, type NodeOf, someNode, usingKind } from "../ast/nodes.ts";
import { isPlain } from "../ast/plain.ts";
import { type Here, isOurs, type Module, type Rules } from "../module.ts";
import type { Analysis } from "../scope/analyze.ts";
import { tsyncioName } from "../scope/tsyncio.ts";
import { visitBlock } from "./blocks.ts";
import { everyPathRethrows } from "./rethrows.ts";
import { warnOfHandler } from "./warnings.ts";

export const catches: Rules = {
  TryStatement(node, here, module) {
    module.visit(node.block, here);
    const { handler, finalizer } = node;
    if (handler !== null) {
      if (isGuarded(node, handler, here, module)) guarded(handler, here, module);
      else module.visitChildren(handler, here);
    }
    if (finalizer !== null) module.visit(finalizer, here);
  },
};

function isGuarded(
  node: NodeOf<"TryStatement">,
  handler: NodeOf<"CatchClause">,
  here: Here,
  { analysis }: Module,
): boolean {
  return (
    isOurs(here) &&
    waits(node.block) &&
    !speaksOfCancellation(handler, analysis) &&
    !everyPathRethrows(handler, analysis)
  );
}

/** True if the code waits for something itself: functions inside of it do not count. */
function waits(block: Node): boolean {
  return someNode(block, (node) => {
    switch (node.type) {
      case "AwaitExpression":
      case "YieldExpression":
        return true;
      case "ForOfStatement":
        return node.await;
      case "ReturnStatement":
        return node.argument !== null && !isPlain(node.argument);
      default:
        return usingKind(node) === "await using";
    }
  });
}

const CANCELLATION = new Set(["isCancelled", "CancelledError", "isBaseException", "exceptStar"]);

function speaksOfCancellation(handler: Node, analysis: Analysis): boolean {
  if (CANCELLATION.has(tsyncioName(handler, analysis) ?? "")) return true;
  let found = false;
  eachChild(handler, (child) => {
    found ||= speaksOfCancellation(child, analysis);
  });
  return found;
}

function guarded(handler: NodeOf<"CatchClause">, here: Here, module: Module): void {
  warnOfHandler(handler, module);
  const { edits, helpers } = module;
  const { param, body } = handler;
  const guard = helpers.use("guard");
  if (param?.type === "Identifier") {
    visitBlock(body, `\n${guard}(${param.name});`, here, module);
    return;
  }
  const error = helpers.fresh("e");
  if (param === null) {
    edits.before(body, `(${error}) `);
    visitBlock(body, `\n${guard}(${error});`, here, module);
    return;
  }
  // catch ({ message }) { … } becomes catch (e) { guard(e); let { message } = e; { … } }
  edits.before(param, `${error}) {\n${guard}(${error});\nlet `);
  module.visit(param, here);
  edits.replace(endOf(param), body.start, ` = ${error};\n`);
  visitBlock(body, "", here, module);
  edits.after(body, "\n}");
}

function endOf(param: Node): number {
  const annotation = "typeAnnotation" in param ? (param.typeAnnotation ?? null) : null;
  return Math.max(param.end, annotation?.end ?? 0);
}
