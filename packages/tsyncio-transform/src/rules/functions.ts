/**
 * Async functions: `async function` becomes `function*`, padded to the same length, and is registered as a coroutine
 * function.
 */

import { type AnyFunction, isAsyncFunction, type NodeOf } from "../ast/nodes.ts";
import { type Here, type Module, NOTHING, type Rules } from "../module.ts";
import { canCarry, type Name, nameByPlace } from "./naming.ts";
import { type Around, pure } from "./pure.ts";
import { canBeConstant } from "./registrations.ts";

export const functions: Rules = {
  FunctionDeclaration(node, here, module) {
    if (!isAsyncFunction(node)) visitFunction(node, here, module);
    else if (node.id === null) anonymousDefault(node, here, module);
    else if (canBeConstant(node, module)) constant(node, node.id.name, here, module);
    else {
      module.edits.replace(node.start, headEnd(node, module), "function*");
      visitFunction(node, here, module);
    }
  },

  FunctionExpression(node, here, module) {
    if (!isAsyncFunction(node)) visitFunction(node, here, module);
    else {
      const { open, name, close } = pure(registered(node, nameByPlace(node, module), module), here, module);
      module.edits.before(node, open);
      module.edits.replace(node.start, headEnd(node, module), `function*${name}`);
      visitFunction(node, here, module);
      module.edits.after(node, close);
    }
  },
};

/** `export default async function () { … }` */
function anonymousDefault(node: NodeOf<"FunctionDeclaration">, here: Here, module: Module): void {
  const { open, name, close } = pure(registered(node, "default", module), here, module);
  module.edits.replace(node.start, headEnd(node, module), `${open}function*${name}`);
  visitFunction(node, here, module);
  module.edits.after(node, `${close};`);
}

function constant(node: NodeOf<"FunctionDeclaration">, name: string, here: Here, module: Module): void {
  const { edits, analysis } = module;
  const parent = analysis.parentOf(node);
  const isDefault = parent?.type === "ExportDefaultDeclaration";
  const { open, close } = pure(registered(node, null, module), here, module);
  if (isDefault) edits.replace(parent.start, node.start, "");
  edits.replace(node.start, headEnd(node, module), `const ${name} = ${open}function*`);
  visitFunction(node, here, module);
  edits.after(node, isDefault ? `${close};\nexport { ${name} as default };` : `${close};`);
}

/** The end of `async function` or `async function *`. */
function headEnd(node: AnyFunction, { edits }: Module): number {
  const end = edits.behind("function", edits.behind("async", node.start));
  return node.generator ? edits.behind("*", end) : end;
}

/** What stands around a function expression that is registered. */
export interface Registered extends Around {
  /** ` name`, where the expression carries its name itself. */
  readonly name: string;
}

/** `implied`: the name that an anonymous function has by its place. */
export function registered(node: AnyFunction, implied: Name | null, module: Module): Registered {
  const open = `${module.helpers.use(node.generator ? "generatorFunction" : "coroutineFunction")}(`;
  if (node.id !== null || implied === null) return { open, name: "", close: ")", isCall: true };
  if (typeof implied === "string" && canCarry(implied, node, module))
    return { open, name: ` ${implied}`, close: ")", isCall: true };
  // As a property it gets the name without a binding, which would hide the one that is meant inside.
  const [key, get] = propertyOf(implied);
  return { open: `${open}{ ${key}: `, name: "", close: ` }${get})`, isCall: false };
}

/** How a property is written, and how it is read. */
function propertyOf(name: Name): readonly [key: string, get: string] {
  if (typeof name === "string" && /^[A-Za-z_$][\w$]*$/.test(name) && name !== "__proto__") return [name, `.${name}`];
  const computed = `[${typeof name === "string" ? JSON.stringify(name) : name.key}]`;
  return [computed, computed];
}

/** The parameters and the body of any function. */
export function visitFunction(node: AnyFunction, here: Here, module: Module): void {
  const captured = node.type === "ArrowFunctionExpression" ? here.captured : NOTHING;
  visitParts(node, captured, module);
}

export function visitParts(node: AnyFunction, captured: Here["captured"], module: Module): void {
  const code = !isAsyncFunction(node) ? "native" : node.generator ? "generator" : "coroutine";
  const inside: Here = { code, resources: null, captured };
  if (module.style === "readable" && code === "coroutine") coroutineType(node, module);
  module.visitAll(node.params, inside);
  if (node.body !== null) module.visit(node.body, inside);
}

/** `Promise<T>` becomes `Coroutine<T>`: packed code has its types removed, people compile what they read. */
function coroutineType({ returnType }: AnyFunction, { edits, helpers }: Module): void {
  const type = returnType?.typeAnnotation;
  if (type?.type !== "TSTypeReference" || edits.sliceOf(type.typeName) !== "Promise") return;
  edits.replace(type.typeName.start, type.typeName.end, "Coroutine");
  helpers.useType();
}
