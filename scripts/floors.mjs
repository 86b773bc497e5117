// The floors check: imports in packages/tsyncio/src only go down. Runs on the newer Node (`npm run floors`).
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "rolldown/utils";

const packageFolder = resolve(process.argv[2] ?? fileURLToPath(new URL("../packages/tsyncio", import.meta.url)));
const src = join(packageFolder, "src");
const floors = [
  "kernel",
  "host",
  "tasks",
  "sync",
  "iteration",
  "interop",
  "net",
  "executors",
  "debug",
  "testing",
  "runners",
  "index",
];
const nodeFloors = new Set(["net", "executors", "runners"]); // All other floors run in a browser too.
const builtins = new Set(builtinModules);
const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
const problems = [];
let files = 0;

for (const entry of readdirSync(src, { recursive: true })) {
  const path = join(src, String(entry));
  if (!path.endsWith(".ts")) continue;
  files += 1;
  check(path);
}
if (files === 0) problems.push(`no .ts file under ${src}`);
if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  console.error(`\nFloors, from the bottom: ${floors.join(" < ")}. Imports go down or stay on their floor.`);
  process.exit(1);
}
console.log(`floors: ${files} files are fine`);

/** The floor a file of src stands on, or undefined. */
function floorOf(path) {
  const parts = relative(src, path).split(sep);
  const name = parts.length === 1 ? parts[0].replace(/\.ts$/, "") : parts[0];
  return floors.includes(name) && (parts.length > 1 || name === "index") ? name : undefined;
}

function check(path) {
  const text = readFileSync(path, "utf8");
  const here = relative(dirname(dirname(packageFolder)), path);
  const floor = floorOf(path);
  const report = (node, message) => {
    const line = text.slice(0, node.start).split("\n").length;
    problems.push(`${here}:${line}: ${message}`);
  };
  if (!floor) {
    problems.push(`${here}: stands on no floor; put it into a folder of a floor`);
    return;
  }
  const { program, errors } = parseSync(path, text, { lang: "ts", sourceType: "module" });
  if (errors.length > 0) {
    problems.push(`${here}: cannot be parsed: ${errors[0].message}`);
    return;
  }
  walk(program, (node, parent, key) => {
    const target = importTarget(node);
    if (target !== undefined) checkImport(path, floor, target, (message) => report(node, message));
    // A worker loads the modules of its jobs.
    if (node.type === "ImportExpression" && target === undefined && floor !== "executors")
      report(node, "import() of a computed name");
    if (node.type === "ExportAllDeclaration" && node.exported)
      report(node, "`export * as`: exports are flat and named");
    if (node.type === "ExportDefaultDeclaration") report(node, "a default export: exports are named");
    if (floor === "kernel" && isConsole(node, parent, key)) report(node, "the kernel knows no console");
  });
}

/** What a node imports: `import`, `export … from`, import() and the type `import("…")`. */
function importTarget(node) {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
    case "ImportExpression":
    case "TSImportType": {
      const value = (node.source ?? node.argument)?.value ?? node.argument?.literal?.value;
      return typeof value === "string" ? value : undefined;
    }
    default:
      return undefined;
  }
}

function checkImport(path, floor, target, report) {
  if (target.startsWith(".")) {
    const goal = resolve(dirname(path), target);
    const goalFloor = floorOf(goal);
    if (!goalFloor) report(`imports "${target}", which stands on no floor of src`);
    else if (floors.indexOf(goalFloor) > floors.indexOf(floor)) {
      report(`floor ${floor} imports "${target}" from the higher floor ${goalFloor}`);
    } else if (nodeFloors.has(goalFloor) && !nodeFloors.has(floor) && needsNode(goal)) {
      report(`floor ${floor} is portable but imports "${target}" from ${goalFloor}, which needs Node`);
    }
  } else if (target.startsWith("node:") || builtins.has(target)) {
    if (!nodeFloors.has(floor)) report(`floor ${floor} is portable but imports the Node builtin "${target}"`);
  } else if (!nodeFloors.has(floor)) {
    report(`floor ${floor} is portable and has no dependency but imports "${target}"`);
  } else if (!dependencies.some((name) => target === name || target.startsWith(`${name}/`))) {
    report(`imports "${target}", which is in neither dependencies nor peerDependencies of ${manifest.name}`);
  }
}

/** Whether loading the file loads something of Node, or a package. Types are not loaded. */
function needsNode(path, seen = new Set()) {
  if (seen.has(path)) return false;
  seen.add(path);
  const { program } = parseSync(path, readFileSync(path, "utf8"), { lang: "ts", sourceType: "module" });
  let needs = false;
  walk(program, (node) => {
    const target = node.importKind === "type" || node.exportKind === "type" ? undefined : importTarget(node);
    if (target === undefined || node.type === "TSImportType") return;
    needs ||= !target.startsWith(".") || needsNode(resolve(dirname(path), target), seen);
  });
  return needs;
}

/** `console` as a variable, and `globalThis.console`; not a property or key of that name. */
function isConsole(node, parent, key) {
  if (node.type !== "Identifier" || node.name !== "console") return false;
  if (parent?.type === "MemberExpression" && key === "property" && !parent.computed) {
    return parent.object.type === "Identifier" && parent.object.name === "globalThis";
  }
  const named = ["Property", "MethodDefinition", "PropertyDefinition", "TSPropertySignature", "TSMethodSignature"];
  return !(key === "key" && named.includes(parent?.type) && !parent.computed && !parent.shorthand);
}

function walk(node, visit, parent = undefined, key = undefined) {
  visit(node, parent, key);
  for (const [name, child] of Object.entries(node)) {
    for (const item of Array.isArray(child) ? child : [child]) {
      if (item !== null && typeof item === "object" && typeof item.type === "string") walk(item, visit, node, name);
    }
  }
}
