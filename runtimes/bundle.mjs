// Bundles the portable tests for every runtime. The package itself is not bundled: its dist is copied as it is, and
// each test file is a chunk of its own, so that names and stacks are those that users have.
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { rolldown } from "rolldown";
import nativeSyntax from "../packages/tsyncio-transform/src/fronts/rolldown.ts";
import { root } from "../scripts/lib/bootstrap.mjs";

const here = join(root, "runtimes");
const product = join(root, "packages", "tsyncio");
const src = join(product, "src") + sep;
const startModule = "\0start";
const distFolder = "tsyncio"; // the copy of dist, in the folder of the bundle

/** Writes `folder/start.js`, which exports `start(cases, progress)`. Returns the number of test files. */
export async function bundle(folder) {
  const tests = portableTests();
  if (tests.length === 0) throw new Error("no portable test found under packages/tsyncio/test");
  cpSync(join(product, "dist"), join(folder, distFolder), { recursive: true });
  const build = await rolldown({
    input: { start: startModule },
    cwd: root,
    platform: "neutral",
    tsconfig: join(root, "tsconfig.json"), // else it looks for one above the repository too
    resolve: { conditionNames: ["import", "default"], mainFields: ["module", "main"] },
    // Node 20 has no `using`.
    // React has the double effects of StrictMode in its development build only.
    transform: { target: "es2022", define: { "process.env.NODE_ENV": '"development"' } },
    // The package says "no side effects", which would drop the test files beside it too.
    treeshake: false,
    onLog: (level, log) => {
      // The tests do on purpose what the compiler of native syntax warns of.
      if (level === "warn" && log.plugin !== "tsyncio-transform") throw new Error(log.message);
    },
    makeAbsoluteExternalsRelative: true,
    plugins: [nativeSyntax(), start(tests), guard()],
  });
  await build.write({ dir: folder, format: "esm", chunkFileNames: chunkName });
  await build.close();
  return tests.length;
}

/** Tests of sockets, processes and workers, and what they share with those for Node. Browsers have none of it. */
const needsSystem = (path) => /^test[\\/](?:io|node)[\\/]/.test(relative(product, path));

/** Tests with a document, and with packages that only they need: those of runtimes/package.json. */
const browserFolder = join(here, "browser");
const browserTests = () => readdirSync(browserFolder).map((name) => join(browserFolder, name));

/** The folders with tests, and which folders in them need Node. */
const testFolders = [
  [join(root, "packages", "tsyncio", "test"), ["node"]],
  [join(root, "examples"), ["node", "node_modules", "net", "executors", "databases", "cluster"]],
];

/** Every *.test.ts of the package and the examples which does not need Node. */
function portableTests() {
  const found = [];
  for (const [folder, needNode] of testFolders) {
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder, { recursive: true })) {
      const path = String(entry);
      if (!path.endsWith(".test.ts") || path.split(sep).some((part) => needNode.includes(part))) continue;
      found.push(join(folder, path));
    }
  }
  return found.sort();
}

/** A test stays in its folder; what tests share goes into one beside them. */
function chunkName(chunk) {
  const path = chunk.facadeModuleId?.endsWith(".test.ts") ? relative(root, chunk.facadeModuleId) : "shared/[name]";
  return `${path.split(sep).join("/").replace(/\.ts$/, "")}.js`;
}

/** The entry points of the package that have code: import name to path under dist. `browser`: those that a page has. */
function entryPoints({ browser }) {
  const { exports } = JSON.parse(readFileSync(join(product, "package.json"), "utf8"));
  const entries = Object.entries(exports).filter(([, target]) => typeof target.default === "string");
  const pathOf = (target) => relative("dist", (browser && target.browser?.default) || target.default);
  return new Map(entries.map(([name, target]) => [`tsyncio${name.slice(1)}`, pathOf(target)]));
}

function start(tests) {
  const lines = [...tests, ...browserTests()].map((path) => {
    const name = relative(root, path).split(sep).join("/");
    const where = path.startsWith(browserFolder) ? "browser" : needsSystem(path) ? "system" : "everywhere";
    return `  [${JSON.stringify(name)}, () => import(${JSON.stringify(path)}), ${JSON.stringify(where)}],`;
  });
  const source = `import { main } from ${JSON.stringify(join(here, "main.mjs"))};
const files = [\n${lines.join("\n")}\n];
export const start = (cases, progress) => main(files, cases, progress);`;
  return {
    name: "start",
    resolveId: (id) => (id === startModule ? id : undefined),
    load: (id) => (id === startModule ? source : undefined),
  };
}

/** Resolves `vitest` to the shim and `tsyncio` to dist; rejects what would make a test prove something else. */
function guard() {
  // The bundle repeats the folders of the root, so this path, seen from a source, is dist's copy seen from its chunk.
  const everywhere = entryPoints({ browser: false });
  const inBrowser = entryPoints({ browser: true });
  return {
    name: "guard",
    async resolveId(id, importer) {
      const from = relative(root, importer ?? "");
      const entries = importer?.startsWith(browserFolder) ? inBrowser : everywhere;
      if (id === "vitest") return join(here, "vitest-shim.mjs");
      if (entries.has(id)) return { id: join(root, distFolder, entries.get(id)), external: "relative" };
      if (id.startsWith("node:") && needsSystem(importer ?? "")) return { id, external: true };
      if (id.startsWith("node:") || id === "process") {
        throw new Error(`${from} imports ${id}: it is not portable. Tests that need Node belong into a folder node/.`);
      }
      const resolved = await this.resolve(id, importer, { skipSelf: true });
      if (resolved?.id.startsWith(src)) {
        throw new Error(`${from} imports ${id}: tests use the public API, "tsyncio"`);
      }
      return resolved;
    },
  };
}
