/** Blocks: what stands at the head of one, and around its statements. */

import type { Statement } from "oxc-parser";
import type { Node, NodeOf } from "../ast/nodes.ts";
import { lastDirective } from "../directive.ts";
import { type Here, type Module, NOTHING, type Rules } from "../module.ts";
import { registrations } from "./registrations.ts";
import { resourcesOf } from "./using.ts";

export const blocks: Rules = {
  BlockStatement(node, here, module) {
    visitBlock(node, "", here, module);
  },

  StaticBlock(node, _here, module) {
    const { edits } = module;
    const head = edits.behind("{", edits.behind("static", node.start));
    visitStatements(node, head, { code: "native", resources: null, captured: NOTHING }, module);
  },

  TSModuleBlock(node, _here, module) {
    visitStatements(node, node.start + 1, { code: "native", resources: null, captured: NOTHING }, module);
  },

  SwitchStatement(node, here, module) {
    module.visit(node.discriminant, here);
    const declared = registrations(
      node.cases.flatMap((one) => one.consequent as Statement[]),
      module,
    );
    // The first test is evaluated whichever case is taken, and sees the functions of all of them.
    const first = node.cases.find((one) => one.test !== null)?.test;
    if (declared.length > 0 && first != null) {
      module.edits.wrap(first, [`(${declared.join("").replaceAll(";\n", ", ")}`, ")"], () => module.visit(first, here));
    }
    for (const one of node.cases) {
      if (one.test !== null && (one.test !== first || declared.length === 0)) module.visit(one.test, here);
      module.visitAll(one.consequent, here);
    }
  },
};

/** `guard` stands before everything else. */
export function visitBlock(node: NodeOf<"BlockStatement">, guard: string, here: Here, module: Module): void {
  const directive = lastDirective(node.body);
  if (directive === null) visitStatements(node, node.start + 1, here, module, guard);
  else visitStatements(node, directive.end, here, module, module.code[directive.end - 1] === ";" ? "" : ";");
}

function visitStatements(
  node: Node & { readonly body: readonly Statement[] },
  head: number,
  here: Here,
  module: Module,
  first = "",
): void {
  const resources = resourcesOf(node.body, here, module);
  const declared = registrations(node.body, module).join("");
  module.visitAll(node.body, { ...here, resources: resources?.name ?? null });
  const opened = (resources?.open ?? "") + declared;
  const text = opened === "" && first === ";" ? "" : (first + opened).trimEnd();
  if (text !== "") module.edits.insertFirst(head, text + module.edits.lineEnd(head));
  if (resources !== null) module.edits.insertLast(node.end - 1, resources.close);
}
