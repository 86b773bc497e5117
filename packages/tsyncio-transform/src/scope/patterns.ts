/** The names in the pattern of a declaration, of a parameter or of an assignment. */

import { bare, type Node, type NodeOf } from "../ast/nodes.ts";

export function boundNames(pattern: Node): NodeOf<"Identifier">[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return pattern.properties.flatMap((one: Node) => boundNames(one.type === "Property" ? one.value : one));
    case "ArrayPattern":
      return pattern.elements.flatMap((one: Node | null) => (one === null ? [] : boundNames(one)));
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "RestElement":
      return boundNames(pattern.argument);
    case "TSParameterProperty":
      return boundNames(pattern.parameter);
    case "VariableDeclaration":
      return pattern.declarations.flatMap((one) => boundNames(one.id));
    default: {
      const inner = bare(pattern);
      return inner === pattern ? [] : boundNames(inner);
    }
  }
}
