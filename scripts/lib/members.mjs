// Members that begin with `_`: the kernel's own, which other folders use only where a list allows it.

/** The names of the members of classes and interfaces that begin with `_`. */
export function declaredIn(program, walk) {
  const kinds = ["PropertyDefinition", "MethodDefinition", "TSPropertySignature", "TSMethodSignature"];
  const names = new Set();
  walk(program, (node) => {
    if (kinds.includes(node.type) && isInternal(node.key?.name)) names.add(node.key.name);
  });
  return names;
}

/** What is used of others, `future._owner` but not `this._owner`: name and node. */
export function usedIn(program, walk) {
  const found = [];
  walk(program, (node) => {
    if (node.type !== "MemberExpression" || node.computed || node.object.type === "ThisExpression") return;
    if (isInternal(node.property.name)) found.push([node.property.name, node]);
  });
  return found;
}

function isInternal(name) {
  return typeof name === "string" && name.startsWith("_");
}
