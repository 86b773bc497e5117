/** A call whose coroutine nothing awaits: nothing of it runs. */

import { returnsCoroutine } from "../coroutineCalls.ts";
import { isMarked } from "../marked.ts";
import { rule } from "../rule.ts";
import { dropped, functionAround } from "../tree.ts";

export const noDroppedCoroutine = rule(
  "no-dropped-coroutine",
  "disallow calls of coroutine functions whose coroutine nothing awaits",
  {
    messages: {
      dropped: "{{call}} returns a coroutine, and nothing awaits it: nothing of it runs. Write {{wait}} {{call}}.",
    },
  },
  (context) => ({
    CallExpression(node) {
      if (dropped(node) === null || !returnsCoroutine(context, node)) return;
      const generates = functionAround(node)?.generator === true && !isMarked(context);
      const call = `${context.sourceCode.getText(node.callee)}(${node.arguments.length === 0 ? "" : "…"})`;
      context.report({ node, messageId: "dropped", data: { call, wait: generates ? "yield*" : "await" } });
    },
  }),
);
