/**
 * `await`, `yield` and `return`. Where JavaScript says `await x`, ours is `yield* awaited(x)`; where JavaScript waits
 * without being told, for what is returned or yielded, ours is `yield* adopted(x)`.
 */

import { bare, isCoroutineFunction, type Node } from "../ast/nodes.ts";
import { isPlain } from "../ast/plain.ts";
import { isOurs, type Module, type Rules } from "../module.ts";
import { isConstant } from "../scope/binding.ts";
import { tsyncioName } from "../scope/tsyncio.ts";
import { linkChain } from "./chains.ts";
import { needsParentheses, parenthesis } from "./precedence.ts";

export const awaits: Rules = {
  AwaitExpression(node, here, module) {
    // The module's own level stays native.
    if (!isOurs(here)) return module.visitChildren(node, here);
    const { edits, helpers, analysis } = module;
    const parentheses = needsParentheses(node, analysis);
    if (parentheses) edits.before(node, parenthesis(node, module));
    // Both words and their space have six characters.
    const end = node.start + "await".length;
    edits.replace(node.start, module.code[end] === " " ? end + 1 : end, "yield* ");
    const { argument } = node;
    linkChain(argument, module);
    if (isDirectCall(argument, module)) module.visit(argument, here);
    else edits.wrap(argument, [`${helpers.use("awaited")}(`, ")"], () => module.visit(argument, here));
    if (parentheses) edits.after(node, ")");
  },

  YieldExpression(node, here, module) {
    const { argument } = node;
    if (argument === null) return;
    if (here.code !== "generator") return module.visit(argument, here);
    const around: Around = node.delegate ? [`${module.helpers.use("delegate")}(`, ")"] : adoption(argument, module);
    module.edits.wrap(argument, around, () => module.visit(argument, here));
  },

  ReturnStatement(node, here, module) {
    const { argument } = node;
    if (argument === null) return;
    if (!isOurs(here)) return module.visit(argument, here);
    module.edits.wrap(argument, adoption(argument, module), () => module.visit(argument, here));
  },
};

type Around = readonly [open: string, close: string];

/** What stands around a value that JavaScript waits for by itself. */
export function adoption(value: Node, module: Module): Around {
  if (isPlain(value)) return ["", ""];
  linkChain(value, module);
  return isDirectCall(value, module) ? ["yield* ", ""] : [`yield* ${module.helpers.use("adopted")}(`, ")"];
}

/** Functions of tsyncio's whose result `yield*` takes as it is. */
const AWAITABLE = new Set([
  "sleep",
  "gather",
  "wait",
  "waitFor",
  "shield",
  "createTask",
  "toThread",
  "asyncWith",
  "asyncFor",
]);

/** A call whose result is known to be a coroutine or a future. */
export function isDirectCall(node: Node, { analysis }: Module): boolean {
  const call = node.type === "ParenthesizedExpression" ? node.expression : node;
  if (call.type !== "CallExpression" || call.optional) return false;
  const name = tsyncioName(call.callee, analysis);
  if (name !== null) return AWAITABLE.has(name);
  const binding = analysis.bindingOf(call.callee);
  if (binding === null || binding.value === null || !isConstant(binding)) return false;
  return isCoroutineFunction(bare(binding.value));
}
