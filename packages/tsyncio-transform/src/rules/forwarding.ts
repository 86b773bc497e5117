/**
 * `setTimeout(() => f(), 1000)`: a function that returns the coroutine of another is a coroutine function as well, for
 * a caller that does nothing with what it returns. Elsewhere the call is lazy, as all are: `gather(...xs.map((x) =>
 * f(x)))`.
 */

import { bare, isCoroutineFunction, type Node } from "../ast/nodes.ts";
import type { Module } from "../module.ts";
import { isConstant } from "../scope/binding.ts";

/** Functions, and methods of any object, that do nothing with what the function returns that they call. */
const IGNORING = new Set(["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "requestAnimationFrame"]);
const IGNORING_METHODS = new Set(["forEach", "on", "once", "addListener", "addEventListener"]);

/** The name of a callee that is known to do nothing with what a callback returns; null for any other. */
export function ignoringName(callee: Node, { analysis }: Module): string | null {
  if (callee.type === "Identifier") {
    return IGNORING.has(callee.name) && analysis.bindingOf(callee) === null ? callee.name : null;
  }
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier" || callee.computed) return null;
  return IGNORING_METHODS.has(callee.property.name) ? callee.property.name : null;
}

/**
 * True for `(x) => f(x)` as an argument of such a callee, where `f` is certainly a coroutine function of the module.
 */
export function isForwarding(node: Node, module: Module): boolean {
  if (node.type !== "ArrowFunctionExpression" || node.async) return false;
  const parent = module.analysis.parentOf(node);
  if (parent?.type !== "CallExpression" || ignoringName(parent.callee, module) === null) return false;
  const call = bare(node.body);
  if (call.type !== "CallExpression" || call.optional) return false;
  const binding = module.analysis.bindingOf(call.callee);
  return binding?.value != null && isConstant(binding) && isCoroutineFunction(bare(binding.value));
}
