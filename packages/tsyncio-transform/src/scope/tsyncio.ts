/** What a module imports from tsyncio: by name, by another name, or as a member of a namespace. Never by text. */

import { bare, type Node } from "../ast/nodes.ts";
import type { Analysis } from "./analyze.ts";
import type { Binding } from "./binding.ts";

export function isFromTsyncio(binding: Binding | null): boolean {
  return binding?.kind === "import" && /^@?tsyncio(?:\/|$)/.test(binding.source);
}

/** The name that tsyncio exports what the node means under; null if it is nothing of tsyncio's. */
export function tsyncioName(node: Node, analysis: Analysis): string | null {
  const value = bare(node);
  if (value.type === "Identifier") {
    const binding = analysis.bindingOf(value);
    return isFromTsyncio(binding) && binding?.imported !== "*" ? (binding?.imported ?? null) : null;
  }
  if (value.type === "MemberExpression" && value.property.type === "Identifier" && !value.computed) {
    const binding = analysis.bindingOf(bare(value.object));
    return isFromTsyncio(binding) && binding?.imported === "*" ? value.property.name : null;
  }
  return null;
}
