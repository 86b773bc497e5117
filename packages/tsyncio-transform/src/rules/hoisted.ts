/**
 * Calls that vitest moves above all imports: `vi.mock(path, async () => …)`. Nothing of the runtime is there when they
 * run, and vitest knows them by their shape, so that all of such a call stays as it is, native.
 */

import type { Node } from "../ast/nodes.ts";
import type { Module } from "../module.ts";

const HOISTED = new Set(["mock", "unmock", "hoisted"]);
const OBJECTS = new Set(["vi", "vitest"]);

export function isHoisted(callee: Node, { analysis }: Module): boolean {
  if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") return false;
  const { object, property } = callee;
  if (!HOISTED.has(property.name) || object.type !== "Identifier") return false;
  const binding = analysis.bindingOf(object);
  return binding === null ? object.name === "vi" : binding.source === "vitest" && OBJECTS.has(binding.imported);
}
