/**
 * `.then`, `.catch` and `.finally` directly under an await are compiled to stay in the task: `await x.catch(f)` becomes
 * `yield* awaited(chained(x).catch(f))`, so that the handler runs in it, and is cancelled with it.
 */

import { bare, type Node } from "../ast/nodes.ts";
import type { Module } from "../module.ts";

/** The methods of promises that take what runs afterwards. */
export const CHAINS: ReadonlySet<string> = new Set(["then", "catch", "finally"]);

/** `x` of `x.then(…)`, `x.catch(…)` and `x.finally(…)`; null for any other expression. */
export function chainedOn(node: Node): Node | null {
  const call = bare(node);
  if (call.type !== "CallExpression" || call.optional) return null;
  const { callee } = call;
  if (callee.type !== "MemberExpression" || callee.computed || callee.optional) return null;
  if (callee.object.type === "Super" || callee.property.type !== "Identifier") return null;
  return CHAINS.has(callee.property.name) ? callee.object : null;
}

/** Notes the calls of a chain whose result is waited for. */
export function linkChain(value: Node, { chains }: Module): void {
  for (let node: Node | null = value; node !== null; node = chainedOn(node)) chains.add(bare(node));
}
