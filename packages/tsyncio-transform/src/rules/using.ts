/**
 * `using` and `await using`. A block with such declarations keeps its resources in a `Scope`, which leaves them in the
 * reverse order, whatever ends the block. At the module's own level they stay native.
 */

import type { Statement } from "oxc-parser";
import { type Node, type NodeOf, usingKind } from "../ast/nodes.ts";
import { type Here, isOurs, type Module, type Rules } from "../module.ts";

export const using: Rules = {
  VariableDeclaration(node, here, module) {
    const kind = usingKind(node);
    if (kind === null || here.resources === null) return module.visitChildren(node, here);
    const { edits } = module;
    const [first] = node.declarations;
    if (first !== undefined) edits.replace(node.start, first.id.start, "const ");
    for (const { id, init } of node.declarations) {
      module.visit(id, here);
      if (init === null) continue;
      edits.wrap(init, [entering(kind, here.resources), ")"], () => module.visit(init, here));
    }
  },
};

export interface Resources {
  /** The variable that holds them. */
  readonly name: string;
  readonly open: string;
  readonly close: string;
}

/** What goes around statements that declare resources; null where none does. */
export function resourcesOf(statements: readonly (Statement | Node)[], here: Here, module: Module): Resources | null {
  if (here.code === "module") return null;
  const kinds = statements.map(usingKind).filter((kind) => kind !== null);
  return kinds.length === 0 ? null : makeResources(kinds.includes("await using"), module);
}

function makeResources(waits: boolean, { helpers }: Module): Resources {
  const name = helpers.fresh("s");
  const error = helpers.fresh("e");
  const leave = waits ? `yield* ${name}.exit();` : `${name}.end();`;
  return {
    name,
    open: `\nconst ${name} = new ${helpers.use("Scope")}();\ntry {\n`,
    close: `\n} catch (${error}) {\n${name}.fail(${error});\n} finally {\n${leave}\n}\n`,
  };
}

function entering(kind: "using" | "await using", resources: string): string {
  return kind === "await using" ? `yield* ${resources}.use(` : `${resources}.add(`;
}

/** The body of `for (using x of xs)`: the resource lives as long as one turn of the loop. */
export function visitUsingBody(loop: NodeOf<"ForOfStatement">, here: Here, module: Module): void {
  const { left, body } = loop;
  const kind = usingKind(left);
  if (kind === null || left.type !== "VariableDeclaration" || !(isOurs(here) || here.code === "native")) {
    return module.visit(body, here);
  }
  const { name, open, close } = makeResources(kind === "await using", module);
  const variable = left.declarations[0]?.id;
  const enter = `${entering(kind, name)}${variable === undefined ? "" : module.edits.sliceOf(variable)});`;
  module.edits.wrap(body, [`{${open}${enter}\n`, `${close}}`], () => module.visit(body, here));
}
