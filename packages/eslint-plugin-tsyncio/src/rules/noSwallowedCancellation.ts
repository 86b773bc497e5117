/** A `catch` that ends a cancellation. */

import type { Rule } from "eslint";
import type * as ESTree from "estree";
import { importedOf } from "../imports.ts";
import { isMarked, usesTsyncio } from "../marked.ts";
import { rule } from "../rule.ts";
import { contains, functionAround } from "../tree.ts";

/** A handler that names one of these has thought of it. */
const ASKS: ReadonlySet<string> = new Set(["isCancelled", "CancelledError", "isBaseException", "exceptStar"]);

export const noSwallowedCancellation = rule(
  "no-swallowed-cancellation",
  "disallow catch around yield* that lets no cancellation pass",
  {
    messages: {
      swallowed:
        "This catch ends a cancellation too, so that the task goes on. Let it pass: if (isCancelled({{error}})) throw {{error}}; or put what always must be done into finally.",
      converted:
        "This catch makes another error of a cancellation, so that neither a TaskGroup nor a timeout knows it as theirs. Let it pass: if (isCancelled({{error}})) throw {{error}}.",
    },
  },
  (context) => ({
    CatchClause(node) {
      if (!usesTsyncio(context) || isMarked(context)) return; // in native syntax it passes by itself
      const body = functionAround(node);
      if (body === null || !body.generator || body.async) return;
      const { block } = node.parent as ESTree.TryStatement;
      const waits = (inner: ESTree.Node) => inner.type === "YieldExpression" && inner.delegate;
      if (!contains(context, block, waits) || asks(context, node.body)) return;
      const name = node.param?.type === "Identifier" ? node.param.name : "error";
      const names = new Set(node.param?.type === "Identifier" ? [name] : []);
      const outcome = outcomeOf(context, node.body.body, names) ?? "swallowed";
      if (outcome !== "rethrown") context.report({ node, messageId: outcome, data: { error: name } });
    },
  }),
);

function asks(context: Rule.RuleContext, body: ESTree.Node): boolean {
  return contains(context, body, (node) => {
    const isName = node.type === "Identifier" || node.type === "MemberExpression";
    return isName && ASKS.has(importedOf(context, node)?.name ?? "");
  });
}

type Outcome = "rethrown" | "swallowed" | "converted";

/** The caught error, and what the handler computes of it. */
type Names = Set<string>;

/**
 * What the statements do with an error that they do not look for. A branch whose condition looks at the error is for
 * certain
 * errors: if it throws, it is for all others. Null if what follows decides.
 */
function outcomeOf(context: Rule.RuleContext, statements: readonly ESTree.Node[], names: Names): Outcome | null {
  for (const statement of statements) {
    const outcome = outcomeOfOne(context, statement, names);
    if (outcome !== null) return outcome;
  }
  return null;
}

function outcomeOfOne(context: Rule.RuleContext, node: ESTree.Node, names: Names): Outcome | null {
  const looksAtError = (inner: ESTree.Node) => contains(context, inner, (one) => isNamed(one, names), true);
  const of = (...statements: ESTree.Node[]) => outcomeOf(context, statements, names);
  switch (node.type) {
    case "ThrowStatement":
      return looksAtError(node.argument) && node.argument.type !== "NewExpression" ? "rethrown" : "converted";
    case "ReturnStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return "swallowed";
    case "BlockStatement":
      return of(...node.body);
    case "VariableDeclaration":
      for (const { id, init } of node.declarations)
        if (init != null && looksAtError(init)) addNames(context, id, names);
      return null;
    case "TryStatement":
      return (node.finalizer == null ? null : of(node.finalizer)) ?? (node.handler == null ? of(node.block) : null);
    case "IfStatement": {
      const branches = [of(node.consequent), node.alternate == null ? null : of(node.alternate)];
      if (looksAtError(node.test)) return branches.includes("rethrown") ? "rethrown" : null;
      return branches[0] === branches[1] ? (branches[0] ?? null) : null;
    }
    case "SwitchStatement": {
      const cases = node.cases.map(({ consequent }) => of(...consequent));
      return looksAtError(node.discriminant) && cases.includes("rethrown") ? "rethrown" : null;
    }
    default:
      return null;
  }
}

function isNamed(node: ESTree.Node, names: Names): boolean {
  return node.type === "Identifier" && names.has(node.name);
}

function addNames(context: Rule.RuleContext, pattern: ESTree.Node, names: Names): void {
  contains(context, pattern, (node) => {
    if (node.type === "Identifier") names.add(node.name);
    return false;
  });
}
