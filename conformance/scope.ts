/** Which names a body assigns to: those that are not global are locals of its function. */

import type { Body, Node } from "./program.ts";

const ASSIGNING = new Set(["set", "for", "async_for", "async_with", "try"]);

/** The blocks directly inside a statement. */
function innerBlocks(node: Node[]): Body[] {
  switch (node[0]) {
    case "if":
      return [node[2], node[3]].filter(Array.isArray);
    case "while":
      return [node[2] as Body];
    case "for":
    case "async_for":
    case "async_with":
      return [node[3] as Body];
    case "try": {
      const handlers = (node[2] ?? []) as [string[], string | null, Body][];
      return [node[1], ...handlers.map((handler) => handler[2]), node[3], node[4]].filter(Array.isArray) as Body[];
    }
    default:
      return [];
  }
}

/** The names that a body assigns to. */
export function assignedNames(body: Body, names = new Set<string>()): Set<string> {
  for (const node of body) {
    if (!Array.isArray(node) || typeof node[0] !== "string") {
      continue;
    }
    if (ASSIGNING.has(node[0])) {
      const targets =
        node[0] === "try"
          ? ((node[2] ?? []) as Node[][]).map((handler) => handler[1])
          : [node[0] === "async_with" ? node[2] : node[1]];
      for (const target of targets) {
        if (typeof target === "string") {
          names.add(target);
        }
      }
    }
    for (const block of innerBlocks(node)) {
      assignedNames(block, names);
    }
  }
  return names;
}
