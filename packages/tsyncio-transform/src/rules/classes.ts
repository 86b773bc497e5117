/**
 * Async methods of classes: `async m() { … }` becomes `*m() { … }`, and a static block at the head of the class
 * registers them. Private methods can be reached through an instance only: a private field, which is made before the
 * others, registers them.
 */

import { isAsyncFunction, type NodeOf } from "../ast/nodes.ts";
import { type Here, type Module, NOTHING, type Rules } from "../module.ts";
import { visitParts } from "./functions.ts";
import { add, type Field, headOf, isConstantKey, type Keys, listsOf, noKeys, visitKey } from "./methods.ts";
import { isNamedByProperty } from "./naming.ts";

type Class = NodeOf<"ClassExpression">;
type Member = Class["body"]["body"][number];
type MethodDefinition = NodeOf<"MethodDefinition">;

export const classes: Rules = {
  ClassDeclaration: visitClass,
  ClassExpression: visitClass,

  PropertyDefinition: field,
  AccessorProperty: field,
};

function visitClass(node: Class, here: Here, module: Module): void {
  module.visitAll(node.decorators, here);
  if (node.superClass !== null) module.visit(node.superClass, here);
  const registry: Registry = { instance: noKeys(), static: noKeys(), private: noKeys(), privateStatic: noKeys() };
  let open: OpenEnd = "";
  for (const member of node.body.body) {
    if (member.type === "MethodDefinition" && isAsyncFunction(member.value)) {
      method(member, open, registry, here, module);
    } else module.visit(member, here);
    open = openEnd(member, open, module);
  }
  module.edits.insertFirst(node.body.start + 1, registrationOf(registry, module));
}

/** A field, whose value is code of the instance that is being made. */
function field(node: Field, here: Here, module: Module): void {
  module.visitAll(node.decorators, here);
  if (node.computed) fieldKey(node, here, module);
  if (node.value !== null) module.visit(node.value, { code: "native", resources: null, captured: NOTHING });
}

/** The key is evaluated with the class: the fields of its objects can only repeat one that is constant. */
function fieldKey(node: Field, here: Here, module: Module): void {
  const isNamed = isNamedByProperty(node.value);
  if (isNamed && node.static) module.keys.set(node, { key: visitKey(node, here, module) });
  else {
    if (isNamed && isConstantKey(node.key, module)) module.keys.set(node, { key: module.edits.sliceOf(node.key) });
    module.visit(node.key, here);
  }
}

/**
 * What must stand behind the members so far, for a star not to be a multiplication: a field without a semicolon is
 * open. Where types are taken out of the text, the first semicolon goes with what is only a type, as in
 * `x = 1; abstract y: number`.
 */
function openEnd(member: Member, above: OpenEnd, { code }: Module): OpenEnd {
  switch (member.type) {
    case "MethodDefinition":
      return member.value.body === null ? behindType(above) : "";
    case "StaticBlock":
      return "";
    case "PropertyDefinition":
      if (member.declare) return behindType(above);
      return code[member.end - 1] === ";" ? "" : ";";
    case "AccessorProperty":
      return code[member.end - 1] === ";" ? "" : ";";
    default:
      return behindType(above);
  }
}

type OpenEnd = "" | ";" | ";;";

function behindType(above: OpenEnd): OpenEnd {
  return above === "" ? "" : ";;";
}

interface Registry {
  readonly instance: Keys;
  readonly static: Keys;
  readonly private: Keys;
  readonly privateStatic: Keys;
}

function method(member: MethodDefinition, open: OpenEnd, registry: Registry, here: Here, module: Module): void {
  const { edits } = module;
  const { value, key } = member;
  module.visitAll(member.decorators, here);
  const from = Math.max(member.start, ...member.decorators.map(({ end }) => end));
  if (member.decorators.length > 0) edits.insertLast(from, ` ${registeringDecorator(value.generator, module)}`);
  const head = headOf(from, value, edits);
  edits.replace(head.async, head.key, "*");
  if (open !== "") edits.before(member, open);
  if (key.type === "PrivateIdentifier") {
    add(member.static ? registry.privateStatic : registry.private, value, `this.#${key.name}`);
  } else {
    add(member.static ? registry.static : registry.instance, value, visitKey(member, here, module));
  }
  visitParts(value, NOTHING, module);
}

/**
 * Decorators are given the method before any static block runs: the innermost one registers it. It is given the method
 * itself, or, by TypeScript's older decorators, the descriptor of the property.
 */
function registeringDecorator(isGenerator: boolean, { helpers }: Module): string {
  const register = helpers.use(isGenerator ? "generatorFunction" : "coroutineFunction");
  return `@((method, key, property) => void ${register}(property ? property.value : method))`;
}

function registrationOf(registry: Registry, { helpers }: Module): string {
  const statements: string[] = [];
  for (const [target, keys] of [
    ["this.prototype", registry.instance],
    ["this", registry.static],
  ] as const) {
    const lists = listsOf(keys);
    if (lists !== "") statements.push(`${helpers.use("methods")}(${target}, ${lists});`);
  }
  for (const one of registry.privateStatic.coroutines) statements.push(`${helpers.use("coroutineFunction")}(${one});`);
  for (const one of registry.privateStatic.generators) statements.push(`${helpers.use("generatorFunction")}(${one});`);
  const own = [
    ...registry.private.coroutines.map((one) => `${helpers.use("privateMethod")}(${one})`),
    ...registry.private.generators.map((one) => `${helpers.use("privateGenerator")}(${one})`),
  ];
  const block = statements.length === 0 ? "" : `\nstatic {\n${statements.join("\n")}\n}`;
  return own.length === 0 ? block : `${block}\n#${helpers.fresh("r")} = (${own.join(", ")}, 0);`;
}
