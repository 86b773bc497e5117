// What `npm run test262` runs, on the newer Node: each test that passes natively must pass compiled, but for those that
// scripts/test262-differences.json explains.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import vm from "node:vm";
import { build } from "esbuild";
import { transform } from "tsyncio-transform";
import { fail, root, seconds } from "./bootstrap.mjs";

const FOLDERS = [
  "language/expressions",
  "language/statements",
  "built-ins/AsyncGeneratorPrototype",
  "built-ins/AsyncFromSyncIteratorPrototype",
];
/** What the tests need that neither Node nor a function body has, or that the compiler leaves alone. */
const LEFT_OUT = /^\s*(?:negative:|flags:.*\b(?:module|raw|noStrict)\b)/m;
const FEATURES_LEFT_OUT = /import-defer|source-phase|decorators|top-level-await/;
const differencesFile = join(root, "scripts", "test262-differences.json");
const WAIT = 2000; // milliseconds for a test that does not end

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" }, print: { type: "boolean" } },
});
const [checkout] = positionals;
if (!existsSync(join(checkout, "harness", "assert.js"))) fail(`${checkout} is no checkout of test262`);

const started = Date.now();
// Errors of abandoned tests belong to none.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});
const say = console.log;
console.error = () => {};

const runtime = new vm.Script(await bundleRuntime(), { filename: "tsyncio.js" });
const harness = new Map();
const different = new Map();
let passed = 0;
let native = 0;
for (const { path, code, meta } of testsIn(checkout)) {
  if ((await runTest(code, meta, null)) !== "pass") continue;
  native += 1;
  const outcome = await runTest(code, meta, compile);
  if (outcome === "pass") passed += 1;
  else different.set(path, outcome);
  if (values.only !== undefined && outcome !== "pass") say(`${path}\n  ${outcome}`);
}
report();

/** Everything that compiled code imports, as a script: each context has its own Promise. */
async function bundleRuntime() {
  const { outputFiles } = await build({
    stdin: { contents: 'export * from "tsyncio/native";', resolveDir: root },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "tsyncioNative",
    platform: "browser",
    logLevel: "error",
    conditions: ["@tsyncio/source"],
    define: { process: "undefined", "import.meta.url": "undefined" },
  });
  return outputFiles[0].text;
}

function* testsIn(folder) {
  for (const part of FOLDERS) {
    for (const name of readdirSync(join(folder, "test", part), { recursive: true, encoding: "utf8" }).sort()) {
      const path = join(part, name);
      if (!path.endsWith(".js") || path.includes("_FIXTURE") || (values.only && !path.includes(values.only))) continue;
      const code = readFileSync(join(folder, "test", path), "utf8");
      const meta = /\/\*---([\s\S]*?)---\*\//.exec(code)?.[1] ?? "";
      if (!/\b(?:async|await)\b/.test(code.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""))) continue;
      if (LEFT_OUT.test(meta) || FEATURES_LEFT_OUT.test(listOf(meta, "features").join())) continue;
      yield { path, code, meta };
    }
  }
}

/** `includes: [a.js, b.js]`, or one a line behind a dash. */
function listOf(meta, key) {
  const inline = new RegExp(`^\\s*${key}:\\s*\\[([^\\]]*)\\]`, "m").exec(meta)?.[1].split(",");
  const block = new RegExp(`^\\s*${key}:\\s*\\n((?:\\s+-.*\\n?)+)`, "m").exec(meta)?.[1].split("\n");
  return (inline ?? block ?? []).map((one) => one.replace(/^\s*-/, "").trim()).filter((one) => one !== "");
}

function compile(code) {
  return transform(`"use strict";"use tsyncio";\n${code}`, { filename: "test.cjs" }).code;
}

/** `pass`, or what went wrong. */
async function runTest(code, meta, compiler) {
  const isAsync = /^\s*flags:.*\basync\b/m.test(meta);
  const { promise, resolve } = Promise.withResolvers();
  const context = vm.createContext({
    $DONE: (error) => resolve(error ? `fails: ${error?.message ?? error}` : "pass"),
    $262: { createRealm: () => failTest("no realms"), evalScript() {}, detachArrayBuffer() {}, gc() {}, agent: {} },
    print() {},
    console: { log() {}, error() {}, warn() {} },
    setTimeout,
    clearTimeout,
    setImmediate,
    clearImmediate,
    queueMicrotask,
    performance,
    AbortController,
  });
  try {
    if (compiler !== null) {
      runtime.runInContext(context);
      vm.runInContext("var require = () => tsyncioNative;", context);
    }
    const before = ["assert.js", "sta.js", ...listOf(meta, "includes")].map(include).join("\n");
    const body = compiler === null ? `"use strict";\n${code}` : compiler(code);
    vm.runInContext(`"use strict";${before}\n;(function () {${body}\n}).call(undefined);`, context);
    if (!isAsync) return "pass";
    let timer;
    const late = new Promise((end) => {
      timer = setTimeout(end, WAIT, "does not end");
    });
    return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
  } catch (error) {
    return `fails: ${error?.name}: ${error?.message}`;
  }
}

function failTest(message) {
  throw new Error(message);
}

function include(name) {
  if (!harness.has(name)) harness.set(name, readFileSync(join(checkout, "harness", name), "utf8"));
  return harness.get(name);
}

function report() {
  const groups = JSON.parse(readFileSync(differencesFile, "utf8"));
  const explained = new Map(Object.entries(groups).flatMap(([why, paths]) => paths.map((path) => [path, why])));
  const unexplained = [...different].filter(([path]) => !explained.has(path));
  // How a turn of the loop and microtasks interleave is a matter of time: one of those tests passes now and then.
  const isStale = ([path, why]) => !different.has(path) && !why.startsWith("The order among microtasks");
  const gone = values.only === undefined ? [...explained].filter(isStale).map(([path]) => path) : [];
  if (values.print) {
    const byOutcome = {};
    for (const [path, outcome] of different) {
      const why = explained.get(path) ?? outcome.replace(/«.*?»/g, "«»").slice(0, 120);
      byOutcome[why] ??= [];
      byOutcome[why].push(path);
    }
    writeFileSync(1, `${JSON.stringify(byOutcome, null, 2)}\n`);
    process.exit(0);
  }
  for (const [path, outcome] of unexplained) say(`✗ ${path}\n  ${outcome}`);
  for (const path of gone) say(`✗ ${path} passes now: take it off scripts/test262-differences.json`);
  say(
    `test262: ${passed} of ${native} pass compiled; ${different.size - unexplained.length} differences are explained, ` +
      `${unexplained.length} are not. ${seconds(started)}`,
  );
  process.exit(unexplained.length + gone.length > 0 ? 1 : 0);
}
