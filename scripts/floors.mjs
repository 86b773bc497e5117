// The floors check: what the folders of packages/tsyncio/src import. Runs on the newer Node (`npm run floors`).
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "rolldown/utils";
import { circles } from "./lib/circles.mjs";
import { declaredIn, usedIn } from "./lib/members.mjs";

const packageFolder = resolve(process.argv[2] ?? fileURLToPath(new URL("../packages/tsyncio", import.meta.url)));
const src = join(packageFolder, "src");
/** What each folder may import besides itself; `node` in the list: Node's builtins, and packages. */
const MAY_IMPORT = {
  base: [],
  kernel: ["base"],
  host: ["base", "kernel"],
  inspect: [],
  diagnostics: ["base", "kernel", "host", "inspect"],
  tasks: ["base", "kernel", "host"],
  sync: ["base", "kernel"],
  iteration: ["base", "kernel", "host", "tasks", "sync"],
  interop: ["base", "kernel", "host", "tasks", "sync", "iteration"],
  native: ["base", "kernel", "diagnostics", "host", "tasks", "iteration", "interop"],
  net: ["base", "kernel", "host", "tasks", "sync", "iteration", "interop", "node"],
  executors: ["base", "kernel", "host", "tasks", "sync", "iteration", "node"],
  httpServer: ["base", "kernel", "host", "tasks", "sync", "iteration", "interop", "node"],
  httpClient: ["base", "kernel", "host", "tasks", "sync", "iteration", "interop"],
  websocket: ["base", "kernel", "host", "tasks", "sync", "iteration", "interop"],
  "websocket/node": ["base", "kernel", "host", "tasks", "sync", "iteration", "interop", "net", "websocket", "node"],
  otel: ["base", "kernel", "diagnostics", "host", "tasks", "iteration", "interop", "node"],
  pg: ["base", "kernel", "tasks", "sync", "iteration", "node"],
  testing: ["base", "kernel", "diagnostics", "host", "tasks", "sync", "net"],
  "testing/runners": ["base", "kernel", "diagnostics", "host", "tasks", "sync", "iteration", "testing", "node"],
  cli: ["inspect", "node"],
  // React, and the package itself by its name, so that a bundler takes the entry that its conditions choose.
  react: ["base", "node"],
  index: ["base", "kernel", "diagnostics", "host", "tasks", "sync", "iteration", "interop"],
};
/**
 * Circles of imports that are only types, by their greatest length in a folder: what several files hold of each other
 * is one concept there. The kernel's: a loop has tasks, which are futures, which have a loop. At run time there is no
 * circle.
 */
const TYPE_CIRCLES = { kernel: 20 };
/**
 * The members of the kernel that begin with `_` and that other folders use all the same, by what they are for. They
 * have the underscore because a program's own subclass of `Task`, `Future` or `EventLoop` may have a member of any
 * other name.
 */
const SHARED_MEMBERS = {
  "a future's waiters": ["_addWaiter", "_removeWaiter", "_waiters", "_watchesFor", "_owner", "_future"],
  "a future's outcome": [
    "_state",
    "_value",
    "_finish",
    "_takeError",
    "_makeCancelledError",
    "_cancelNow",
    "_unretrieved",
  ],
  "a task": ["_waitsFor", "_coro", "_frame", "_name", "_next", "_values", "_ambient"],
  "what a loop runs": ["_loop", "_enqueue", "_ready", "_run", "_callback", "_args", "_wake", "_awake", "_running"],
  "what a loop waits for": ["_addTimer", "_timers", "_host"],
  "what a loop has": ["_asOptions", "_tasks", "_pendingTasks", "_unregister", "_debug", "_report"],
  "what ends with a loop": [
    "_asyncgens",
    "_asyncgensShutdown",
    "_closeAsyncgens",
    "_calls",
    "_beforeEnding",
    "_leftovers",
    "_unbegun",
  ],
  "the end of a loop": ["_ending", "_checkClosed", "_checkRunning", "_abandon", "_handledSignals"],
};
const folders = Object.keys(MAY_IMPORT);
/** May use the console. */
const speaksToPeople = (folder) => folder !== "base" && folder !== "kernel";
const isPortable = (folder) => !MAY_IMPORT[folder].includes("node");
const builtins = new Set(builtinModules);
const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
/**
 * Itself too: what imports an entry point by its path makes a shared chunk of it, whose side effects bundlers leave
 * out.
 */
const dependencies = [manifest.name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })];
const problems = [];
let files = 0;
/** File → the files that it imports: all, and those that are loaded with it. */
const imports = new Map();
const loads = new Map();
/** Members that begin with `_`, by the folder that declares them; and their uses. */
const members = new Map();
const uses = [];

for (const entry of readdirSync(src, { recursive: true })) {
  const path = join(src, String(entry));
  if (!path.endsWith(".ts")) continue;
  files += 1;
  check(path);
}
checkCircles();
checkMembers();
if (files === 0) problems.push(`no .ts file under ${src}`);
if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  console.error("\nWhat a folder may import stands in MAY_IMPORT of scripts/floors.mjs.");
  process.exit(1);
}
const longest = circles(imports).map((circle) => circle.length);
console.log(
  `floors: ${files} files are fine; circles of imports: none at run time, ${longest.length} of types, ` +
    `of at most ${Math.max(0, ...longest)} files`,
);
console.log("members of the kernel's own that other folders use:");
for (const [what, names] of Object.entries(SHARED_MEMBERS)) console.log(`  ${what}: ${names.join(" ")}`);

/** The folder of the table to which a file of src belongs, or undefined. */
function folderOf(path) {
  const parts = relative(src, path).split(sep);
  if (parts.length === 1) return ["index.ts", "production.ts"].includes(parts[0]) ? "index" : undefined;
  const nested = parts.slice(0, 2).join("/");
  return folders.find((folder) => folder === nested) ?? folders.find((folder) => folder === parts[0]);
}

function check(path) {
  const text = readFileSync(path, "utf8");
  const here = relative(dirname(dirname(packageFolder)), path);
  const folder = folderOf(path);
  const report = (node, message) => {
    const line = text.slice(0, node.start).split("\n").length;
    problems.push(`${here}:${line}: ${message}`);
  };
  if (!folder) {
    problems.push(`${here}: is in no folder of the table; put it into one, or add its folder`);
    return;
  }
  const { program, errors } = parseSync(path, text, { lang: "ts", sourceType: "module" });
  if (errors.length > 0) {
    problems.push(`${here}: cannot be parsed: ${errors[0].message}`);
    return;
  }
  for (const name of declaredIn(program, walk)) membersOf(folder).add(name);
  for (const [name, node] of usedIn(program, walk)) uses.push({ folder, name, report: (text) => report(node, text) });
  imports.set(path, new Set());
  loads.set(path, new Set());
  walk(program, (node, parent, key) => {
    const target = importTarget(node);
    if (target?.startsWith(".")) {
      imports.get(path).add(resolve(dirname(path), target));
      if (!isType(node)) loads.get(path).add(resolve(dirname(path), target));
    }
    if (target !== undefined) checkImport(path, folder, target, (message) => report(node, message));
    // A worker loads the modules of its jobs, the program `tsyncio` the compiler that the project has.
    if (node.type === "ImportExpression" && target === undefined && folder !== "executors" && folder !== "cli")
      report(node, "import() of a computed name");
    if (node.type === "ExportAllDeclaration" && node.exported)
      report(node, "`export * as`: exports are flat and named");
    if (node.type === "ExportDefaultDeclaration") report(node, "a default export: exports are named");
    if (!speaksToPeople(folder) && isConsole(node, parent, key)) report(node, `${folder} knows no console`);
  });
}

/** No file leads back to itself at run time; with types only where `TYPE_CIRCLES` allows it. */
function checkCircles() {
  const names = (circle) => circle.map((path) => relative(src, path)).join(", ");
  for (const circle of circles(loads)) problems.push(`a circle of imports at run time: ${names(circle)}`);
  for (const circle of circles(imports)) {
    const folder = folderOf(circle[0]).split("/")[0];
    if (circle.length > (TYPE_CIRCLES[folder] ?? 1)) {
      problems.push(`a circle of ${circle.length} files by their types: ${names(circle)}`);
    }
  }
}

/** What begins with `_` in the kernel stays in it, but for the list. A folder may have members of the same name. */
function checkMembers() {
  const shared = new Set(Object.values(SHARED_MEMBERS).flat());
  const used = new Set();
  for (const { folder, name, report } of uses) {
    if (membersOf(folder).has(name) || !membersOf("kernel").has(name)) continue;
    used.add(name);
    if (!shared.has(name)) report(`${folder} uses ${name}, a member of the kernel's own`);
  }
  for (const name of shared)
    if (!used.has(name)) problems.push(`SHARED_MEMBERS: nothing outside the kernel uses ${name}`);
}

function membersOf(folder) {
  if (!members.has(folder)) members.set(folder, new Set());
  return members.get(folder);
}

/** True if nothing of what the node imports is there at run time. */
function isType(node) {
  const { importKind, exportKind, specifiers = [] } = node;
  if (importKind === "type" || exportKind === "type" || node.type === "TSImportType") return true;
  return specifiers.length > 0 && specifiers.every((one) => one.importKind === "type" || one.exportKind === "type");
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

function checkImport(path, folder, target, report) {
  if (target.startsWith(".")) {
    const goal = resolve(dirname(path), target);
    const goalFolder = folderOf(goal);
    if (!goalFolder) report(`imports "${target}", which is in no folder of the table`);
    else if (goalFolder !== folder && !MAY_IMPORT[folder].includes(goalFolder)) {
      report(`${folder} imports "${target}", and may not import ${goalFolder}`);
    } else if (!isPortable(goalFolder) && isPortable(folder) && needsNode(goal)) {
      report(`${folder} is portable but imports "${target}" from ${goalFolder}, which needs Node`);
    }
  } else if (target === "#dev") {
    if (folder === "testing") report("testing is in no production bundle and needs no DEV");
  } else if (isPortable(folder)) {
    const what = isBuiltin(target) ? "the Node builtin " : "";
    report(`${folder} is portable and has no dependency but imports ${what}"${target}"`);
  } else if (!isBuiltin(target) && !dependencies.some((name) => target === name || target.startsWith(`${name}/`))) {
    report(`imports "${target}", which is in neither dependencies nor peerDependencies of ${manifest.name}`);
  }
}

function isBuiltin(target) {
  return target.startsWith("node:") || builtins.has(target);
}

/** Whether loading the file loads something of Node, or a package. Types are not loaded. */
function needsNode(path, seen = new Set()) {
  if (seen.has(path)) return false;
  seen.add(path);
  const { program } = parseSync(path, readFileSync(path, "utf8"), { lang: "ts", sourceType: "module" });
  let needs = false;
  walk(program, (node) => {
    const target = isType(node) ? undefined : importTarget(node);
    if (target === undefined || target === "#dev") return;
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
