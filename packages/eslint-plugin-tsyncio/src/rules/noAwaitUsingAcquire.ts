/** `await using` of a lock that is acquired already. */

import type { Rule } from "eslint";
import type * as ESTree from "estree";
import { nameOfMember } from "../imports.ts";
import { makerOf } from "../instances.ts";
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
      if (!node.declarations.some(({ id, init }) => init != null && takesTwice(context, id, init))) return;
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

/**
 * Those whose `acquire()` returns themselves. That of a pool returns a connection, which `await using` is right for.
 */
const LOCKS: ReadonlySet<string> = new Set(["BoundedSemaphore", "Condition", "Lock", "Semaphore"]);

/**
 * Of an owner that the module tells nothing of, by the name of the variable: a connection is used by it, a lock is just
 * held.
 */
function takesTwice(context: Rule.RuleContext, id: ESTree.Pattern, init: ESTree.Expression): boolean {
  const owner = ownerOfAcquire(init);
  if (owner === null) return false;
  const maker = makerOf(context, owner);
  if (maker !== null) return maker.module === "tsyncio" && LOCKS.has(maker.name);
  return id.type === "Identifier" && id.name.startsWith("_");
}

/** Of `await owner.acquire()`. */
function ownerOfAcquire(init: ESTree.Expression): ESTree.Node | null {
  const waited = bare(init);
  const call = waited.type === "AwaitExpression" ? bare(waited.argument) : null;
  if (call?.type !== "CallExpression") return null;
  const callee = bare(call.callee);
  return callee.type === "MemberExpression" && nameOfMember(callee) === "acquire" ? callee.object : null;
}
