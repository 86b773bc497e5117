/** `arguments`, `new.target`, `super` and `this` in an arrow function that has become a generator. */

import type { Node, NodeOf } from "../ast/nodes.ts";
import type { Here, Module, Rules } from "../module.ts";

export const lexical: Rules = {
  Identifier(node, { captured }, { analysis, edits }) {
    if (node.name !== "arguments" || captured.arguments === null) return;
    const parent = analysis.parentOf(node);
    const key = parent?.type === "Property" && parent.shorthand ? "arguments: " : "";
    edits.replace(node.start, node.end, key + captured.arguments);
  },

  MetaProperty(node, { captured }, { edits }) {
    if (node.meta.name === "new" && captured.newTarget !== null)
      edits.replace(node.start, node.end, captured.newTarget);
  },

  ThisExpression(node, { captured }, { edits }) {
    if (captured.this !== null) edits.replace(node.start, node.end, `${captured.this}()`);
  },

  Super(node, { captured }, module) {
    if (captured.super !== null) {
      module.fail(
        node,
        "super() cannot be called in an async arrow function: call it before, in the constructor itself",
      );
    }
  },

  MemberExpression(node, here, module) {
    if (node.object.type === "Super" && here.captured.super !== null)
      superMember(node, here.captured.super, here, module);
    else module.visitChildren(node, here);
  },
};

/** `super.x` becomes a call of the arrow function that was handed in; a call of `super.x()` keeps its `this`. */
function superMember(node: NodeOf<"MemberExpression">, get: string, here: Here, module: Module): void {
  const { analysis, edits } = module;
  const parent = analysis.parentOf(node);
  const key = analysis.keyOf(node);
  if (isTarget(parent, parent && analysis.parentOf(parent), key)) {
    module.fail(node, "super.x cannot be assigned to in an async arrow function: use an async method");
  }
  if (node.computed) {
    edits.replace(node.start, node.property.start, `${get}(`);
    module.visit(node.property, here);
    edits.replace(node.property.end, node.end, ")");
  } else {
    edits.replace(node.start, node.end, `${get}(${JSON.stringify(node.property.name)})`);
  }
  const self = here.captured.this === null ? "this" : `${here.captured.this}()`;
  if (key === "tag") edits.after(node, `.bind(${self})`);
  if (parent?.type !== "CallExpression" || key !== "callee") return;
  // `super.x(1)`, `super.x?.(1)`
  const dot = parent.optional ? edits.behind("?.", node.end) : null;
  const open = edits.behind("(", parent.typeArguments?.end ?? dot ?? node.end);
  if (dot === null) edits.after(node, ".call");
  else edits.insertFirst(dot, "call");
  edits.insertFirst(open, parent.arguments.length > 0 ? `${self}, ` : self);
}

function isTarget(parent: Node | null, grandparent: Node | null, key: string): boolean {
  switch (parent?.type) {
    case "AssignmentExpression":
    case "AssignmentPattern":
    case "ForOfStatement":
    case "ForInStatement":
      return key === "left";
    case "UpdateExpression":
    case "ArrayPattern":
    case "RestElement":
      return true;
    case "Property":
      return key === "value" && grandparent?.type === "ObjectPattern";
    default:
      return false;
  }
}
