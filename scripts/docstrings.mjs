// npm run docstrings: what the docstrings of the public names must say. The names are those of the entry points of the
// packages.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import { root } from "./lib/bootstrap.mjs";

const PACKAGES = ["tsyncio", "tsyncio-cluster", "tsyncio-transform", "eslint-plugin-tsyncio"];
/** Entry points that programs do not call by hand. */
const INTERNAL = new Set([
  "tsyncio/native",
  "tsyncio/executors/internal",
  "tsyncio-cluster/worker",
  "tsyncio-transform/repl",
]);
/** An example in Markdown: an indented or fenced block, or code in the sentence. */
const EXAMPLE = /^\s*\* {4,}\S|```|@example|`[^`]*(?:yield\*|await | = |\{ )[^`]*`/m;
/**
 * What programs begin with: these have an example. Options and aliases of types have none, nor what is made by one of
 * these and is shown there.
 */
const MAIN = new Set(
  [
    "run Runner sleep gather wait waitFor asCompleted createTask ensureFuture shield timeout timeoutAt TaskGroup Task Future",
    "currentTask allTasks coroutine partial Lock Event Condition Semaphore BoundedSemaphore Barrier Queue LifoQueue",
    "PriorityQueue ContextVar copyContext asyncFor asyncWith asyncGenerator asyncMap asyncFilter cursor anext isCancelled",
    "exceptStar fromPromise toPromise fromCallback fromEvent events retry taskSignal abortable cancelOnAbort wrapFuture",
    "fromReadableStream fromWritableStream toReadableStream fromAsyncIterable toAsyncIterable createTaskState addInstrument",
    "runCoroutineThreadsafe printCallGraph openConnection startServer createSubprocessExec ThreadPoolExecutor",
    "ProcessPoolExecutor blocking transfer report isMain toThread serve toHandler ClientSession connect acceptWebSockets",
    "broadcast createPool span observeQueue useTask simulate explore replay Sequencer SimulatedNetwork ClusterExecutor",
    "SimulatedCluster transform",
  ].flatMap((names) => names.split(" ")),
);
/** Names of parameters that are a time. `Ms` at the end of a name is a unit. */
const TIME = /^(?:seconds|timeout|delay|grace|interval|duration|when|deadline|maxDelay|retention)$/;
const UNIT = /second|minute|millisecond|\bms\b|clock/i;

const files = new Map();
const seen = new Set();
let missing = 0;
for (const name of PACKAGES) {
  const folder = join(root, "packages", name);
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const [entry, conditions] of Object.entries(exports)) {
    const source = conditions["@tsyncio/source"];
    if (source !== undefined && !INTERNAL.has(`${name}${entry.slice(1)}`))
      for (const found of exported(join(folder, source)).values()) check(found);
  }
}
console.log(`${seen.size} public names, ${missing} docstrings to mend`);
if (missing > 0) process.exitCode = 1;

/** The declarations that a module exports, by name: `{ file, node, doc }`. */
function exported(path) {
  const file = read(path);
  if (file.exports !== undefined) return file.exports;
  file.exports = new Map();
  for (const statement of file.program.body) {
    if (statement.type === "ExportAllDeclaration" && statement.exported === null) {
      const from = local(path, statement.source.value);
      if (from) for (const [name, found] of exported(from)) file.exports.set(name, found);
    } else if (statement.type === "ExportNamedDeclaration") {
      for (const { local: own, exported: name } of statement.specifiers) {
        const found = statement.source
          ? fromModule(path, statement.source.value, own.name)
          : declared(file, own.name, path);
        if (found) file.exports.set(name.name, found);
      }
      for (const found of declarations(file, statement)) file.exports.set(found.name, found);
    }
  }
  return file.exports;
}

function fromModule(path, source, name) {
  const from = local(path, source);
  return from && exported(from).get(name);
}

/** A name of the module that it exports by a list: declared there, or imported. */
function declared(file, name, path) {
  for (const statement of file.program.body) {
    const found = declarations(file, statement).find((one) => one.name === name);
    if (found) return found;
    if (statement.type !== "ImportDeclaration") continue;
    const specifier = statement.specifiers.find((one) => one.local.name === name);
    if (specifier?.imported) return fromModule(path, statement.source.value, specifier.imported.name);
  }
}

function declarations(file, statement) {
  const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
  if (!node) return [];
  const doc = docBefore(file, statement.start);
  if (node.type === "VariableDeclaration") {
    return node.declarations.map((one) => ({ file, node: one, name: one.id.name, doc }));
  }
  return node.id?.name ? [{ file, node, name: node.id.name, doc }] : [];
}

/** The docstring that ends right before `start`; overloads share that of the first. */
function docBefore(file, start) {
  const comment = file.comments.findLast((one) => one.end <= start);
  if (!comment || /\S/.test(file.source.slice(comment.end, start))) return undefined;
  if (/^ biome-ignore/.test(comment.value)) return docBefore(file, comment.start);
  return comment.value.startsWith("*") ? comment.value : undefined;
}

function read(path) {
  const known = files.get(path);
  if (known) return known;
  const source = readFileSync(path, "utf8");
  const { program, comments } = parseSync(path, source);
  const file = { path, source, program, comments };
  files.set(path, file);
  return file;
}

function local(path, source) {
  const target = join(dirname(path), source);
  return source.startsWith(".") && existsSync(target) ? target : undefined;
}

function check({ file, node, name, doc }) {
  const id = `${file.path}:${name}`;
  if (seen.has(id)) return;
  seen.add(id);
  const overloads = file.program.body
    .flatMap((statement) => declarations(file, statement))
    .filter((one) => one.name === name);
  const text = overloads.map((one) => one.doc ?? "").join("\n") || doc;
  if (!text?.trim()) return tell(file, node, `${name} has no docstring`);
  if (text.includes("@internal")) return;
  const isFunction = functionOf(node) !== undefined;
  if (isFunction) {
    for (const one of overloads)
      for (const parameter of functionOf(one.node)?.params ?? []) time(file, parameter, text, name);
    if (!/@throws|\bthrows?\b/i.test(text)) {
      const errors = thrown(functionOf(node));
      if (errors.length > 0) tell(file, node, `${name} throws ${errors.join(", ")}: the docstring has no @throws`);
    }
  }
  if (MAIN.has(name) && !EXAMPLE.test(text)) tell(file, node, `${name} has no example`);
  if (node.type === "ClassDeclaration") {
    for (const member of node.body.body) {
      if (!/Method/.test(member.type) || member.key.type !== "Identifier" || member.key.name.startsWith("_")) continue;
      if (member.accessibility === "private") continue;
      const same = node.body.body.filter((one) => one.key?.name === member.key.name);
      const doc = same.map((one) => docBefore(file, one.start) ?? "").join("\n");
      if (doc.includes("@internal")) continue;
      for (const parameter of member.value.params) time(file, parameter, doc + text, `${name}.${member.key.name}`);
    }
  }
}

/**
 * The function of a declaration: itself, the value of a `const`, or what a wrapper such as `thenable` is called with.
 */
function functionOf(node) {
  const value = node.init ?? node;
  const isFunction = ({ type }) => /Function/.test(type);
  return isFunction(value) ? value : value.type === "CallExpression" ? value.arguments.find(isFunction) : undefined;
}

function time(file, parameter, text, name) {
  const target = parameter.type === "AssignmentPattern" ? parameter.left : (parameter.argument ?? parameter);
  if (TIME.test(target.name ?? "") && target.name !== "seconds" && !UNIT.test(text)) {
    tell(file, parameter, `${name}: the docstring does not name the unit of ${target.name}`);
  }
}

function thrown(node) {
  const names = new Set();
  new Visitor({
    ThrowStatement: ({ argument }) => {
      if (argument.type === "NewExpression" && argument.callee.type === "Identifier") names.add(argument.callee.name);
    },
  }).visit({
    type: "Program",
    body: [node.type === "FunctionDeclaration" ? node : { type: "ExpressionStatement", expression: node }],
  });
  return [...names];
}

function tell(file, node, what) {
  missing++;
  const line = file.source.slice(0, node.start).split("\n").length;
  console.log(`${relative(root, file.path)}:${line}  ${what}`);
}
