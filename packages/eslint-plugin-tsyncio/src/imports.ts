/** What a name of a module stands for, as far as its imports and its scopes tell. */

import type { Rule, Scope } from "eslint";
import type * as ESTree from "estree";
import { isTsyncio } from "./marked.ts";

/** An export of tsyncio, or of one of its entry points. */
export interface Imported {
  readonly module: string;
  readonly name: string;
}

/** The variable that `name` refers to. */
export function variableOf(context: Rule.RuleContext, name: ESTree.Identifier): Scope.Variable | null {
  for (let scope: Scope.Scope | null = context.sourceCode.getScope(name); scope !== null; scope = scope.upper) {
    const variable = scope.set.get(name.name);
    if (variable !== undefined) return variable;
  }
  return null;
}

/**
 * The export of tsyncio that the expression is: by its own name, an alias, or as a member of a namespace. Null for all
 * else.
 */
export function importedOf(context: Rule.RuleContext, node: ESTree.Node): Imported | null {
  if (node.type === "Identifier") return importOf(context, node, "ImportSpecifier");
  if (node.type !== "MemberExpression" || node.object.type !== "Identifier") return null;
  const name = nameOfMember(node);
  const namespace = name === null ? null : importOf(context, node.object, "ImportNamespaceSpecifier");
  return namespace === null ? null : { module: namespace.module, name: name as string };
}

/** `x.name` and `x["name"]`, private names included, as `#name`. */
export function nameOfMember({ property, computed }: ESTree.MemberExpression): string | null {
  if (property.type === "PrivateIdentifier") return `#${property.name}`;
  if (!computed && property.type === "Identifier") return property.name;
  return computed && property.type === "Literal" && typeof property.value === "string" ? property.value : null;
}

type SpecifierType = "ImportSpecifier" | "ImportNamespaceSpecifier";

function importOf(context: Rule.RuleContext, node: ESTree.Identifier, type: SpecifierType): Imported | null {
  for (const { type: kind, node: specifier, parent } of variableOf(context, node)?.defs ?? []) {
    if (kind !== "ImportBinding" || specifier.type !== type) continue;
    const module = parent.source.value;
    if (!isTsyncio(module)) return null;
    if (specifier.type !== "ImportSpecifier") return { module, name: "*" };
    const { imported } = specifier;
    return { module, name: imported.type === "Identifier" ? imported.name : String(imported.value) };
  }
  return null;
}
