/**
 * `for await (const x of xs) { … }` becomes
 *
 *     { const i = new Iteration(xs);
 *       try { while (i.in = yield* i.next()) { const x = i.value; { … } } }
 *       catch (error) { throw i.fail(error) }
 *       finally { if (i.left()) yield* i.close() } }
 *
 * on the lines of the head and of the last brace. Labels stay at the loop, so that `break` and `continue` mean the same.
 */

import { type Node, type NodeOf, usingKind } from "../ast/nodes.ts";
import { type Here, isOurs, type Module, type Rules } from "../module.ts";
import { resourcesOf, visitUsingBody } from "./using.ts";

export const loops: Rules = {
  ForOfStatement: (node, here, module) => visitLoop(node, node, here, module),
  ForStatement: (node, here, module) => visitLoop(node, node, here, module),

  LabeledStatement(node, here, module) {
    let body: Node = node.body;
    while (body.type === "LabeledStatement") body = body.body;
    visitLoop(body, node, here, module);
  },
};

/** `whole` is the statement with its labels: what is put around a loop stands before them. */
function visitLoop(node: Node, whole: Node, here: Here, module: Module): void {
  if (node.type === "ForOfStatement") {
    if (node.await && isOurs(here)) forAwait(node, whole, here, module);
    else if (usingKind(node.left) !== null && here.code !== "module") {
      lowerUsing(node.left, module);
      module.visit(node.right, here);
      visitUsingBody(node, here, module);
    } else module.visitChildren(node, here);
  } else if (node.type === "ForStatement") {
    const resources = node.init === null ? null : resourcesOf([node.init], here, module);
    if (resources === null) return module.visitChildren(node, here);
    // The resource lives as long as the loop.
    module.edits.wrap(whole, [`{${resources.open}`, `${resources.close}}`], () =>
      module.visitChildren(node, { ...here, resources: resources.name }),
    );
  } else module.visit(node, here);
}

function forAwait(node: NodeOf<"ForOfStatement">, whole: Node, here: Here, module: Module): void {
  const { edits, helpers } = module;
  const iteration = helpers.fresh("i");
  const error = helpers.fresh("e");
  const { left, right, body } = node;
  const labels = module.code.slice(whole.start, node.start);

  // The source goes before the loop: behind the first character, so that what is put before the statement stays before it.
  edits.replace(whole.start, whole.start + 1, `{const ${iteration}=new ${helpers.use("Iteration")}(`);
  edits.move(right, whole.start + 1);
  edits.replace(whole.start + 1, left.start, `);try{${labels}while(${iteration}.in=yield*${iteration}.next()){`);
  module.visit(right, here);
  edits.replace(left.end, right.start, "");
  edits.replace(right.end, body.start, "");

  if (left.type === "VariableDeclaration") {
    if (usingKind(left) !== null) lowerUsing(left, module);
    else module.visit(left, here);
    edits.after(left, `=${iteration}.value;`);
  } else {
    edits.wrap(left, ["(", `=${iteration}.value);`], () => module.visit(left, here));
  }
  visitUsingBody(node, here, module);
  edits.after(
    whole,
    `}}catch(${error}){throw ${iteration}.fail(${error})}finally{if(${iteration}.left())yield*${iteration}.close()}}`,
  );
}

/** `using x` becomes `const x`. */
function lowerUsing(left: Node, { edits }: Module): void {
  if (left.type !== "VariableDeclaration" || left.declarations[0] === undefined) return;
  edits.replace(left.start, left.declarations[0].id.start, "const ");
}
