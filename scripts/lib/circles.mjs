// Circles of imports. `graph` is a Map: a file → the files that it imports.

/**
 * The circles: each a list of files of which every one leads to every other (Tarjan's strongly connected components).
 */
export function circles(graph) {
  const found = [];
  const index = new Map();
  const lowest = new Map();
  const stack = [];
  const visit = (file) => {
    index.set(file, index.size);
    lowest.set(file, index.get(file));
    stack.push(file);
    for (const goal of graph.get(file) ?? []) {
      if (!index.has(goal)) visit(goal);
      if (stack.includes(goal)) lowest.set(file, Math.min(lowest.get(file), lowest.get(goal)));
    }
    if (lowest.get(file) !== index.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) found.push(circle);
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return found;
}
