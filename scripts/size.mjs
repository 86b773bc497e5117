// The size gate: what small programs weigh when bundled for a browser, minified and gzipped (`npm run size`).
// `npm run size -- --modules` adds what each module of the hello world contributes.
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { minifySync } from "rolldown/utils";

const root = fileURLToPath(new URL("../", import.meta.url));
// The aim for the hello world is 6 KiB. Until it is reached, this keeps it from growing.
const limits = { hello: 14 * 1024 };
const sleepBody = 'yield* sleep(1); console.log("hi");';
const programs = {
  hello: `import { run, sleep } from "tsyncio"; run((function* () { ${sleepBody} })());`,
  gather: `import { gather, run, sleep } from "tsyncio"; run((function* () { yield* gather(sleep(1), sleep(2)); })());`,
  group: `import { asyncWith, run, sleep, TaskGroup } from "tsyncio";
    run((function* () { yield* asyncWith(new TaskGroup(), function* (tg) { tg.createTask(sleep(1)); }); })());`,
  queue: `import { Queue, run } from "tsyncio"; run((function* () { const q = new Queue(); yield* q.put(1); })());`,
  everything: `import * as all from "tsyncio"; globalThis.all = all;`,
};

let tooBig = false;
for (const [name, source] of Object.entries(programs)) {
  const { bytes, gzipped, modules } = await measure(source);
  const limit = limits[name];
  const over = limit !== undefined && gzipped > limit;
  tooBig ||= over;
  const verdict = limit === undefined ? "" : `, limit ${limit}${over ? ": TOO BIG" : ""}`;
  console.log(`${name.padEnd(11)} ${String(gzipped).padStart(6)} bytes gzipped, ${bytes} minified${verdict}`);
  if (name === "hello" && process.argv.includes("--modules")) printModules(modules);
}
if (tooBig) process.exit(1);

async function measure(source) {
  const build = await rolldown({
    input: "\0program",
    cwd: root,
    platform: "browser",
    tsconfig: join(root, "tsconfig.json"),
    resolve: { conditionNames: ["source", "import", "browser", "default"] },
    transform: { target: "es2022" },
    // A name that cannot be resolved would otherwise become an import, and so weigh nothing.
    onLog: (_level, log) => {
      throw new Error(log.message);
    },
    plugins: [
      {
        name: "program",
        resolveId: (id) => (id === "\0program" ? id : undefined),
        load: (id) => (id === "\0program" ? source : undefined),
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  await build.close();
  const [chunk] = output;
  if (chunk.imports.length > 0) throw new Error(`not portable: imports ${chunk.imports.join(", ")}`);
  return { bytes: Buffer.byteLength(chunk.code), gzipped: gzip(chunk.code), modules: chunk.modules };
}

function gzip(code) {
  return gzipSync(code, { level: 9 }).length;
}

/** Each module minified and gzipped alone: their sum is more than the whole, their order is what counts. */
function printModules(modules) {
  const sizes = Object.entries(modules)
    .filter(([, { code }]) => code)
    .map(([id, { code }]) => [
      relative(root, id),
      gzip(minifySync("module.js", code, { module: true, compress: false }).code),
    ])
    .sort(([, a], [, b]) => b - a);
  for (const [id, size] of sizes) console.log(`  ${String(size).padStart(6)}  ${id}`);
}
