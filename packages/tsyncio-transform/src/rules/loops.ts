/**
 * Loops. `for await (const x of xs) { … }` becomes
 *
 *     const i = new Iteration(xs);
 *     try {
 *       while (yield* i.next()) { const x = i.value; … }
 *     } catch (error) {
 *       throw i.fail(error);
 *     } finally {
 *       if (i.left()) yield* i.close();
 *     }
 *
 * on the lines of its head and of its last brace. Labels stay at the loop, so that `break` and `continue` mean the
 * same.
 */

import { type Node, type NodeOf, someNode, usingKind } from "../ast/nodes.ts";
import { type Here, isOurs, type Module, type Rules } from "../module.ts";
import { boundNames } from "../scope/patterns.ts";
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
    const [open, close] = bracesFor(whole, module);
    module.edits.wrap(whole, [open + resources.open, resources.close + close], () =>
      module.visitChildren(node, { ...here, resources: resources.name }),
    );
  } else module.visit(node, here);
}

function forAwait(node: NodeOf<"ForOfStatement">, whole: Node, here: Here, module: Module): void {
  const { edits, helpers } = module;
  const items = helpers.fresh("i");
  const error = helpers.fresh("e");
  const { left, right, body } = node;
  const labels = module.code.slice(whole.start, node.start);
  const [open, close] = bracesFor(whole, module);

  // The source goes before the loop: behind the first character, so that what is put before the statement stays before
  // it.
  edits.replace(whole.start, whole.start + 1, `${open}const ${items} = new ${helpers.use("Iteration")}(`);
  edits.move(right, whole.start + 1);
  edits.replace(whole.start + 1, left.start, `);\ntry {\n${labels}while (yield* ${items}.next()) `);
  module.visit(right, here);
  edits.replace(left.end, right.start, "");
  edits.replace(right.end, body.start, "");

  const inside = body.type === "BlockStatement" && usingKind(left) === null && !declaresNameOf(left, body);
  if (inside) edits.move(left, body.start + 1);
  const end = inside ? edits.lineEnd(body.start + 1) : "\n";
  if (left.type === "VariableDeclaration") {
    edits.before(left, inside ? "\n" : "{\n");
    if (usingKind(left) !== null) lowerUsing(left, module);
    else module.visit(left, here);
    edits.after(left, ` = ${items}.value;${end}`);
  } else {
    edits.wrap(left, [inside ? "\n(" : "{\n(", ` = ${items}.value);${end}`], () => module.visit(left, here));
  }
  visitUsingBody(node, here, module);
  edits.after(
    whole,
    `${inside ? "" : "\n}"}\n} catch (${error}) {\nthrow ${items}.fail(${error});\n} finally {\n` +
      `if (${items}.left()) yield* ${items}.close();\n}${close}`,
  );
}

/** The nodes that hold any number of statements. */
const LISTS = new Set(["Program", "BlockStatement", "StaticBlock", "SwitchCase", "TSModuleBlock"]);

/** Braces around what stands for one statement, where only one may stand. */
function bracesFor(statement: Node, { analysis }: Module): readonly [open: string, close: string] {
  return LISTS.has(analysis.parentOf(statement)?.type ?? "") ? ["", ""] : ["{\n", "\n}"];
}

/** True if the block declares a name that the head of its loop has or refers to. */
function declaresNameOf(head: Node, block: NodeOf<"BlockStatement">): boolean {
  const declared = new Set(block.body.flatMap(declaredNames));
  return declared.size > 0 && someNode(head, (node) => node.type === "Identifier" && declared.has(node.name));
}

function declaredNames(statement: Node): string[] {
  switch (statement.type) {
    case "VariableDeclaration":
      return boundNames(statement).map(({ name }) => name);
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return statement.id === null ? [] : [statement.id.name];
    default:
      return [];
  }
}

/** `using x` becomes `const x`. */
function lowerUsing(left: Node, { edits }: Module): void {
  if (left.type !== "VariableDeclaration" || left.declarations[0] === undefined) return;
  edits.replace(left.start, left.declarations[0].id.start, "const ");
}
