/** Which calls return a coroutine, as far as the text of one module tells. */

import type { Rule, Scope } from "eslint";
import type * as ESTree from "estree";
import { COROUTINE_FUNCTIONS, COROUTINE_METHODS } from "./coroutineFunctions.ts";
import { importedOf, nameOfMember, variableOf } from "./imports.ts";
import { makerOf, memberOf } from "./instances.ts";
import { isMarked, usesTsyncio } from "./marked.ts";
import { bare, isFunction } from "./tree.ts";

/**
 * True for calls of tsyncio's coroutine functions, of generator functions of the module, in a marked one of async
 * functions too, and of methods: of the class around the call, and of the locks and queues that the module makes or
 * declares.
 */
export function returnsCoroutine(context: Rule.RuleContext, node: ESTree.Node): boolean {
  const call = bare(node);
  if (call.type !== "CallExpression") return false;
  const callee = bare(call.callee);
  const imported = importedOf(context, callee);
  if (imported !== null) return COROUTINE_FUNCTIONS.get(imported.module)?.has(imported.name) === true;
  if (!usesTsyncio(context)) return false;
  if (callee.type === "Identifier") return definesCoroutines(context, variableOf(context, callee));
  return callee.type === "MemberExpression" && isCoroutineMethod(context, callee);
}

function definesCoroutines(context: Rule.RuleContext, variable: Scope.Variable | null): boolean {
  const definition = variable?.defs.length === 1 ? variable.defs[0] : undefined;
  if (definition?.type === "FunctionName") return isCoroutineFunction(context, definition.node);
  const value = constant(definition);
  return value !== null && isCoroutineFunction(context, value);
}

/** What a `const` is. */
function constant(definition: Scope.Definition | undefined): ESTree.Node | null {
  if (definition?.type !== "Variable" || definition.parent?.kind !== "const") return null;
  const { id, init } = definition.node;
  return id.type === "Identifier" && init != null ? bare(init) : null;
}

/** A `function*`, what `coroutine()` makes of one, and in a marked module an async function. */
function isCoroutineFunction(context: Rule.RuleContext, node: ESTree.Node): boolean {
  if (isFunction(node)) {
    const { generator = false, async = false } = node as ESTree.Function;
    return generator ? !async : async && isMarked(context);
  }
  return node.type === "CallExpression" && importedOf(context, node.callee)?.name === "coroutine";
}

function isCoroutineMethod(context: Rule.RuleContext, { object, ...member }: ESTree.MemberExpression): boolean {
  const name = nameOfMember({ object, ...member });
  if (name === null) return false;
  const owner = bare(object);
  if (owner.type === "ThisExpression") {
    const method = memberOf(owner as Rule.Node, name)?.value ?? null;
    return method !== null && isCoroutineFunction(context, bare(method));
  }
  const maker = makerOf(context, owner);
  return maker?.module === "tsyncio" && COROUTINE_METHODS.get(maker.name)?.has(name) === true;
}
