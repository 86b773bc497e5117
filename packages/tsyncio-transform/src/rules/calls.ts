/**
 * Calls. A call in a marked module is always lazy: a callee that may be the wrapper of a coroutine function is
 * unwrapped. `super.x()` in an arrow function that became a generator keeps its `this`.
 */

import { bare, type Node, type NodeOf } from "../ast/nodes.ts";
import type { Here, Module, Rules } from "../module.ts";
import { isConstant } from "../scope/binding.ts";
import { isFromTsyncio } from "../scope/tsyncio.ts";
import { chainedOn } from "./chains.ts";
import { isHoisted } from "./hoisted.ts";
import { keyName } from "./naming.ts";
import { parenthesis } from "./precedence.ts";
import { warnOfCall } from "./warnings.ts";

type Call = NodeOf<"CallExpression">;

export const calls: Rules = {
  CallExpression(node, here, module) {
    const { callee } = node;
    if (isHoisted(callee, module)) return;
    warnOfCall(node, module);
    const chained = module.chains.has(node) ? chainedOn(node) : null;
    if (chained !== null) {
      module.edits.wrap(chained, [`${module.helpers.use("chained")}(`, ")"], () => module.visit(chained, here));
      module.visitAll(node.arguments, here);
    } else if (
      callee.type === "MemberExpression" &&
      module.members.mayHoldWrapper(callee) &&
      callee.object.type !== "Super"
    ) {
      memberCall(node, callee, here, module);
    } else if (module.analysis.parentOf(node)?.type !== "Decorator" && isUnknown(callee, module)) {
      const around = [`${module.helpers.use("lazy")}(`, `${node.optional ? "" : spokenArgument(callee)})`] as const;
      module.edits.wrap(callee, around, () => module.visit(callee, here));
      module.visitAll(node.arguments, here);
    } else module.visitChildren(node, here);
  },
};

/** `, "o.m"`: what the error says of a callee that is no function. An optional call is left out where there is none. */
function spokenArgument(callee: Node): string {
  return `, ${JSON.stringify(spoken(callee))}`;
}

/** The callee as V8 writes it in such errors. */
function spoken(callee: Node): string {
  const value = bare(callee);
  switch (value.type) {
    case "Identifier":
      return value.name;
    case "ThisExpression":
      return "this";
    case "ChainExpression":
      return spoken(value.expression);
    case "CallExpression":
      return `${spoken(value.callee)}(...)`;
    case "MemberExpression":
      return `${spoken(value.object)}${value.optional ? "?." : value.computed ? "" : "."}${spokenKey(value)}`;
    default:
      return "(intermediate value)";
  }
}

function spokenKey({ computed, property }: NodeOf<"MemberExpression">): string {
  if (!computed) return keyName(property);
  if (property.type === "Identifier") return `[${property.name}]`;
  return property.type === "Literal" ? `[${property.raw}]` : "[...]";
}

/** True for a callee that is no member and may be a wrapper. */
function isUnknown(callee: Node, { analysis }: Module): boolean {
  const value = bare(callee);
  switch (value.type) {
    case "Identifier": {
      const binding = analysis.bindingOf(value);
      if (binding === null) return false;
      if (binding.kind === "import") return !isFromTsyncio(binding) && isOwnModule(binding.source);
      if (!isConstant(binding) || binding.value === null) return true;
      return !/Function|Class/.test(bare(binding.value).type) && binding.kind !== "class";
    }
    case "CallExpression":
    case "AwaitExpression":
    case "ConditionalExpression":
    case "LogicalExpression":
    case "AssignmentExpression":
      return true;
    default:
      return false;
  }
}

/** A module of the program's own: packages export functions, not wrappers of the program's. */
function isOwnModule(source: string): boolean {
  return /^(?:[./#~]|@\/)/.test(source);
}

/** `o.m(x)` becomes `$u(o.m).call(o, x)`. */
function memberCall(node: Call, callee: NodeOf<"MemberExpression">, here: Here, module: Module): void {
  const { edits, helpers, analysis } = module;
  const { object } = callee;
  const isShort = callee.optional;
  // The rest of a longer chain would have to be skipped with it: such a call stays as it is.
  const outer = analysis.parentOf(node);
  if (hasOptional(object) || (isShort && outer?.type !== "ChainExpression")) return module.visitChildren(node, here);

  const isSimple = object.type === "ThisExpression" ? here.captured.this === null : isName(object, here);
  const target = isSimple ? edits.sliceOf(object) : module.variable("t");
  const lazy = helpers.use("lazy");
  const [before, behind] = isSimple ? ["", ""] : [`(${target} = `, ")"];
  if (isShort) {
    // `o?.m(x)` becomes `(o==null?void 0:$u(o.m).call(o, x))`
    edits.before(node, parenthesis(node, module) + before);
    module.visit(object, here);
    const dot = edits.behind("?.", object.end);
    edits.after(object, `${behind} == null ? void 0 : ${lazy}(${target}`);
    edits.replace(dot - 2, dot, callee.computed ? "" : ".");
  } else {
    edits.before(node, `${lazy}(${before}`);
    module.visit(object, here);
    edits.after(object, behind);
  }
  if (callee.computed) module.visit(callee.property, here);
  const dot = node.optional ? edits.behind("?.", callee.end) : null;
  const open = edits.behind("(", node.typeArguments?.end ?? dot ?? callee.end);
  edits.after(callee, dot === null ? `${spokenArgument(callee)}).call` : ")");
  if (dot !== null) edits.insertFirst(dot, "call");
  edits.insertFirst(open, node.arguments.length > 0 ? `${target}, ` : target);
  module.visitAll(node.arguments, here);
  if (isShort) edits.after(node, ")");
}

/** A name that the output keeps. */
function isName(node: Node, { captured }: Here): boolean {
  return node.type === "Identifier" && (node.name !== "arguments" || captured.arguments === null);
}

function hasOptional(node: Node): boolean {
  if (node.type === "MemberExpression") return node.optional || hasOptional(node.object);
  if (node.type === "CallExpression") return node.optional || hasOptional(node.callee);
  return node.type === "TSNonNullExpression" && hasOptional(node.expression);
}
