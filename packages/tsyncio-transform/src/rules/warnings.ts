/** What is allowed and probably not meant. */

import { bare, eachChild, isFunction, type Node, type NodeOf } from "../ast/nodes.ts";
import type { Module } from "../module.ts";
import { isFromTsyncio } from "../scope/tsyncio.ts";
import { isDirectCall } from "./awaits.ts";
import { CHAINS, chainedOn } from "./chains.ts";
import { ignoringName, isForwarding } from "./forwarding.ts";
import { forEveryError } from "./narrowing.ts";

type Call = NodeOf<"CallExpression">;

/** What returns a native promise: `run(main()).catch(report)` at the end of a module. */
const PROMISES: ReadonlySet<string> = new Set(["run", "toPromise"]);

/** What to write in the place of a function of Promise's. */
const COMBINATORS: { readonly [name: string]: string } = {
  all: "gather(…)",
  allSettled: "gather(…, { returnExceptions: true })",
  race: "wait(…, { returnWhen: FIRST_COMPLETED })",
  any: "asCompleted(…)",
};

export function warnOfCall(node: Call, module: Module): void {
  warnOfCallbacks(node, module);
  const { callee } = node;
  if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") return;
  const { name } = callee.property;
  const { object } = callee;
  if (object.type === "Identifier" && object.name === "Promise" && module.analysis.bindingOf(object) === null) {
    const instead = Object.hasOwn(COMBINATORS, name) ? COMBINATORS[name] : undefined;
    if (instead === undefined || !node.arguments.some((one) => holdsCoroutines(one, module))) return;
    module.warn(
      "promise-combinator",
      node,
      `Promise.${name} does not cancel the coroutines that it waits for: write await ${instead}`,
    );
  } else if (CHAINS.has(name) && !module.chains.has(node) && isCoroutineCall(object, module)) {
    module.warn(
      "unlinked-chain",
      node,
      `what .${name}() returns is no part of this task: cancelling it does not reach the call. ` +
        `Write await … .${name}(…), or createTask(…) for work on its own`,
    );
  }
}

/** `setTimeout(() => f(), 1000)`: the call is lazy, and nothing awaits it. */
function warnOfCallbacks({ callee, arguments: values }: Call, module: Module): void {
  const name = ignoringName(callee, module);
  if (name === null) return;
  for (const value of values) {
    if (value.type !== "ArrowFunctionExpression" || value.async || isForwarding(value, module)) continue;
    if (!isCoroutineCall(value.body, module)) continue;
    module.warn(
      "lost-coroutine",
      value,
      `this function returns a coroutine, which ${name} does not await: write async (…) => await …`,
    );
  }
}

/** A call that certainly or probably returns a coroutine: not of a global, not of an unknown member. */
function isCoroutineCall(node: Node, module: Module): boolean {
  const call = bare(node);
  if (call.type !== "CallExpression") return false;
  if (isDirectCall(call, module)) return true;
  const chained = chainedOn(call);
  if (chained !== null) return isCoroutineCall(chained, module);
  const callee = bare(call.callee);
  if (callee.type === "MemberExpression") return module.members.isCoroutineFunction(callee);
  const binding = module.analysis.bindingOf(callee);
  const imported = binding?.imported ?? "";
  return isFromTsyncio(binding) && /^[a-z]/.test(imported) && !PROMISES.has(imported);
}

function holdsCoroutines(node: Node, module: Module): boolean {
  const value = bare(node);
  if (value.type === "ArrayExpression") {
    return value.elements.some((one: Node | null) => {
      if (one === null) return false;
      return one.type === "SpreadElement" ? holdsCoroutines(one.argument, module) : isCoroutineCall(one, module);
    });
  }
  // xs.map(async (x) => …)
  return (
    value.type === "CallExpression" &&
    value.callee.type === "MemberExpression" &&
    value.callee.property.type === "Identifier" &&
    value.callee.property.name === "map" &&
    value.arguments.some((one) => module.members.isCoroutineFunction(one))
  );
}

/** A handler that is not run on cancellation, and does more than report, for errors of any class. */
export function warnOfHandler(handler: NodeOf<"CatchClause">, module: Module): void {
  if (!forEveryError(handler, module.analysis).some((node) => doesMore(node, module))) return;
  module.warn(
    "guarded-catch",
    handler,
    "this catch is not run when the task is cancelled: put cleanup into finally, or ask isCancelled(error)",
  );
}

function doesMore(node: Node, module: Module): boolean {
  if (isFunction(node)) return false;
  // What a report is made of belongs to it.
  if (node.type === "CallExpression") return !isReport(node, module);
  let more = false;
  eachChild(node, (child) => {
    more ||= doesMore(child, module);
  });
  return more;
}

function isReport({ callee }: Call, { analysis }: Module): boolean {
  if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier") return false;
  return callee.object.name === "console" && analysis.bindingOf(callee.object) === null;
}
