/**
 * What a value is an instance of, as far as the text of one module tells: what has made it, or the type that it is
 * declared with.
 */

import type { Rule, Scope } from "eslint";
import type * as ESTree from "estree";
import { type Imported, importedOf, nameOfMember, variableOf } from "./imports.ts";
import { bare, isFunction } from "./tree.ts";

/** What may have a type written beside it, which ESTree does not know. */
interface Typed {
  readonly typeAnnotation?: { readonly typeAnnotation: { readonly type: string; readonly typeName?: ESTree.Node } };
}

type Member = ESTree.MethodDefinition | ESTree.PropertyDefinition;

/**
 * The class or function of tsyncio that the value is made by, or the type of tsyncio that it is declared with. Of `new
 * X()` and of calls in place, of constants, of parameters, and of the fields of the class around. Null for all else.
 */
export function makerOf(context: Rule.RuleContext, node: ESTree.Node): Imported | null {
  const value = bare(node);
  if (value.type === "Identifier") {
    const definitions = variableOf(context, value)?.defs ?? [];
    return definitions.length === 1 ? ofDefinition(context, definitions[0] as Scope.Definition) : null;
  }
  if (value.type !== "MemberExpression") return ofExpression(context, value);
  const owner = bare(value.object);
  const name = nameOfMember(value);
  const field = owner.type === "ThisExpression" && name !== null ? memberOf(owner as Rule.Node, name) : null;
  return field?.type === "PropertyDefinition" ? declared(context, field, field.value ?? null) : null;
}

function ofDefinition(context: Rule.RuleContext, definition: Scope.Definition): Imported | null {
  if (definition.type === "Parameter") return declared(context, definition.name, null);
  if (definition.type !== "Variable") return null;
  const { id, init } = definition.node;
  if (id.type !== "Identifier") return null;
  const stays = definition.parent?.kind !== "let" && definition.parent?.kind !== "var";
  return declared(context, id, stays ? (init ?? null) : null);
}

/** By the type that is written; else by the value. */
function declared(context: Rule.RuleContext, node: ESTree.Node, value: ESTree.Node | null): Imported | null {
  const { typeAnnotation: annotation } = node as Typed;
  if (annotation === undefined || annotation === null)
    return value === null ? null : ofExpression(context, bare(value));
  const { type, typeName } = annotation.typeAnnotation;
  return type === "TSTypeReference" && typeName !== undefined ? importedOf(context, typeName) : null;
}

function ofExpression(context: Rule.RuleContext, value: ESTree.Node): Imported | null {
  const makes = value.type === "NewExpression" || value.type === "CallExpression";
  return makes ? importedOf(context, bare(value.callee)) : null;
}

/** The member `name` of the class whose `this` it is. */
export function memberOf(self: Rule.Node, name: string): Member | null {
  let node: Rule.Node | null = self;
  while (node !== null && node !== undefined) {
    const { parent }: Rule.Node = node;
    // An ordinary function, but for that of a method, has a `this` of its own.
    if (isFunction(node) && node.type !== "ArrowFunctionExpression" && parent?.type !== "MethodDefinition") return null;
    if (node.type === "ClassBody") break;
    node = parent;
  }
  for (const member of node?.type === "ClassBody" ? node.body : []) {
    if (member.type !== "StaticBlock" && nameOfKey(member) === name) return member;
  }
  return null;
}

function nameOfKey({ key, computed }: Member): string | null {
  if (key.type === "PrivateIdentifier") return `#${key.name}`;
  if (!computed && key.type === "Identifier") return key.name;
  return key.type === "Literal" && typeof key.value === "string" ? key.value : null;
}
