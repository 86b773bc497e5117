/** What an arrow function takes from the function around it; and whether a method uses `super`. */

import { type AnyFunction, eachChild, isClass, isFunction, type Node } from "../ast/nodes.ts";

export interface LexicalUses {
  this: boolean;
  arguments: boolean;
  newTarget: boolean;
  super: boolean;
}

export function lexicalUses(node: AnyFunction): LexicalUses {
  const uses: LexicalUses = { this: false, arguments: false, newTarget: false, super: false };
  const walk = (node: Node): void => {
    switch (node.type) {
      case "ThisExpression":
        uses.this = true;
        return;
      case "Super":
        uses.super = true;
        uses.this = true;
        return;
      case "Identifier":
        if (node.name === "arguments") uses.arguments = true;
        break;
      case "MetaProperty":
        if (node.meta.name === "new") uses.newTarget = true;
        return;
      default:
    }
    eachOfTheSame(node, walk);
  };
  eachChild(node, walk);
  return uses;
}

/** The children whose `this` is that of the node: functions and the members of classes have their own. */
function eachOfTheSame(node: Node, visit: (child: Node) => void): void {
  if (isFunction(node) && node.type !== "ArrowFunctionExpression") return;
  if (isClass(node)) {
    for (const decorator of node.decorators) visit(decorator);
    if (node.superClass !== null) visit(node.superClass);
    for (const member of node.body.body) {
      if ("decorators" in member) for (const decorator of member.decorators) visit(decorator);
      if ("computed" in member && member.computed) visit(member.key);
    }
    return;
  }
  eachChild(node, visit);
}
