/** Async methods of object literals: `async m() { … }` becomes `m: $c(function* m() { … })`. */

import { isAsyncFunction, type Node } from "../ast/nodes.ts";
import { type Here, type Module, NOTHING, type Rules } from "../module.ts";
import { registered, visitParts } from "./functions.ts";
import { handedOver } from "./handedOver.ts";
import { lexicalUses } from "./lexicalUses.ts";
import { add, headOf, listsOf, noKeys, type Property, visitKey } from "./methods.ts";
import { isNamedByProperty, keyName } from "./naming.ts";
import { type Around, pure } from "./pure.ts";

export const objects: Rules = {
  ObjectExpression(node, here, module) {
    // Methods that use `super` have to stay methods: they are registered when the object is made.
    const kept = noKeys();
    for (const property of node.properties) {
      if (!isAsyncMethod(property)) module.visit(property, here);
      else if (staysMethod(property)) {
        const { key } = headOf(property.start, property.value, module.edits);
        module.edits.replace(property.start, key, "*");
        add(kept, property.value, visitKey(property, here, module));
        visitParts(property.value, NOTHING, module);
      } else if (property.computed) computed(property, here, module);
      else named(property, here, module);
    }
    const lists = listsOf(kept);
    if (lists === "") return;
    module.edits.before(node, `${module.helpers.use("objectMethods")}(`);
    module.edits.after(node, `, ${lists})`);
  },

  Property(node, here, module) {
    if (!node.computed || !isNamedByProperty(node.value)) return module.visitChildren(node, here);
    module.keys.set(node, { key: visitKey(node as Property, here, module) });
    module.visit(node.value, here);
  },
};

type AsyncMethod = Property & { readonly value: Parameters<typeof visitParts>[0] };

function isAsyncMethod(property: Node): property is AsyncMethod & Node {
  return (
    property.type === "Property" &&
    property.kind === "init" &&
    property.method === true &&
    isAsyncFunction(property.value)
  );
}

/** `__proto__: f` would set the prototype. */
function staysMethod({ value, computed, key }: AsyncMethod): boolean {
  return lexicalUses(value).super || (!computed && keyName(key) === "__proto__");
}

function named(method: AsyncMethod, here: Here, module: Module): void {
  const { edits } = module;
  const { start, end, key, value } = method;
  const shape = registered(value, keyName(key), module);
  const { open, close } = inPlace(method, shape, here, module);
  edits.replace(start, key.end, `${edits.sliceOf(key)}: ${open}function*${shape.name}`);
  visitParts(value, NOTHING, module);
  edits.insertLast(end, close);
}

/** Methods are handed over with their object. */
function inPlace(method: AsyncMethod, shape: Around, here: Here, module: Module): Pick<Around, "open" | "close"> {
  const inner = pure(shape, here, module);
  if (method.value.generator) return inner;
  const outer = handedOver(method, "handedOverHere", here, module);
  return { open: outer.open + inner.open, close: inner.close + outer.close };
}

/** `async [key]() { … }` becomes `[key]: $c({ *[key]() { … } }[key])`: so it has its name. */
function computed(method: AsyncMethod, here: Here, module: Module): void {
  const { edits } = module;
  const { start, end, key, value } = method;
  edits.replace(start, headOf(start, value, edits).key, "");
  const text = visitKey(method, here, module);
  const { open, close } = registered(value, null, module);
  const shape = { open: `${open}{ *[${text}]`, close: ` }[${text}]${close}`, isCall: false };
  const around = inPlace(method, shape, here, module);
  edits.insertFirst(edits.behind("]", key.end), `: ${around.open}`);
  visitParts(value, NOTHING, module);
  edits.insertLast(end, around.close);
}
