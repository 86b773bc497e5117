/** `await using` of a lock that is acquired already. */

import type * as ESTree from "estree";
import { nameOfMember } from "../imports.ts";
import { isMarked } from "../marked.ts";
import { rule } from "../rule.ts";
import { bare } from "../tree.ts";

export const noAwaitUsingAcquire = rule(
  "no-await-using-acquire",
  "disallow await using of what acquire() returns",
  {
    fixable: "code",
    messages: {
      twice:
        "acquire() returns the lock itself, and await using acquires it once more. Write using, or await using of the lock without acquire().",
    },
  },
  (context) => ({
    VariableDeclaration(node) {
      if (node.kind !== "await using" || !isMarked(context)) return;
      if (!node.declarations.some(({ id, init }) => isUnused(id) && init != null && acquires(init))) return;
      const fix = /^await\s+using\b/.exec(context.sourceCode.getText(node));
      const begin = node.range?.[0] ?? 0;
      context.report({
        node,
        messageId: "twice",
        fix: (fixer) => (fix === null ? null : fixer.replaceTextRange([begin, begin + fix[0].length], "using")),
      });
    },
  }),
);

/** By its name: what is used by it is a connection of a pool, or the like. A lock is just held. */
function isUnused(id: ESTree.Pattern): boolean {
  return id.type === "Identifier" && id.name.startsWith("_");
}

/** `await x.acquire()`. */
function acquires(init: ESTree.Expression): boolean {
  const waited = bare(init);
  const call = waited.type === "AwaitExpression" ? bare(waited.argument) : null;
  if (call?.type !== "CallExpression") return false;
  const callee = bare(call.callee);
  return callee.type === "MemberExpression" && nameOfMember(callee) === "acquire";
}
