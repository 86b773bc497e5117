// The size gate: what small programs weigh in a browser, bundled, minified and gzipped (`npm run size`). The package is
// built as for publishing, and then the program is bundled with it, as its author does: with the full entry, and with
// that of production bundles.
// `npm run size -- --parts` adds what each part of the package contributes to the hello world.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { parseSync } from "rolldown/utils";

const root = fileURLToPath(new URL("../", import.meta.url));
const src = join(root, "packages", "tsyncio", "src");
const entries = { full: "index.ts", production: "production.ts" };
/**
 * The runtime of the native syntax beside each: all of its helpers weigh at most this on top of all of tsyncio.
 */
const native = { full: "native/index.ts", production: "native/production.ts", limit: 5 * 1024 };
/** Bytes of the hello world. */
const limits = { full: 25.5 * 1024, production: 13.5625 * 1024 };
const sleepBody = 'yield* sleep(1); console.log("hi");';
const programs = {
  hello: `import { run, sleep } from "tsyncio"; run((function* () { ${sleepBody} })());`,
  gather: `import { gather, run, sleep } from "tsyncio"; run((function* () { yield* gather(sleep(1), sleep(2)); })());`,
  group: `import { asyncWith, run, sleep, TaskGroup } from "tsyncio";
    run((function* () { yield* asyncWith(new TaskGroup(), function* (tg) { tg.createTask(sleep(1)); }); })());`,
  queue: `import { Queue, run } from "tsyncio"; run((function* () { const q = new Queue(); yield* q.put(1); })());`,
  everything: `import * as all from "tsyncio"; globalThis.all = all;`,
};
const together = (entry) =>
  [entries[entry], native[entry]].map((file) => `export * from ${JSON.stringify(join(src, file))};`).join("\n");

let tooBig = false;
for (const [entry, file] of Object.entries(entries)) {
  const tsyncio = (await bundle(join(src, file), { minify: "dce-only", entry })).code;
  console.log(`${entry} entry`);
  for (const [name, source] of Object.entries(programs)) {
    const { bytes, gzipped } = await measure(source, tsyncio);
    const limit = name === "hello" ? limits[entry] : undefined;
    const over = limit !== undefined && gzipped > limit;
    tooBig ||= over;
    const verdict = limit === undefined ? "" : `, limit ${limit}${over ? ": TOO BIG" : ""}`;
    console.log(`${name.padEnd(11)}${String(gzipped).padStart(6)} bytes gzipped, ${bytes} minified${verdict}`);
  }
  const modules = { "\0both": together(entry) };
  const both = (await bundle("\0both", { minify: "dce-only", entry, modules })).code;
  const { everything } = programs;
  const added = (await measure(everything, both)).gzipped - (await measure(everything, tsyncio)).gzipped;
  tooBig ||= added > native.limit;
  const verdict = `limit ${native.limit}${added > native.limit ? ": TOO BIG" : ""}`;
  console.log(`native     ${String(added).padStart(6)} bytes gzipped on top of everything, ${verdict}`);
  if (process.argv.includes("--parts")) await printParts(tsyncio);
}
if (tooBig) process.exit(1);

async function measure(source, tsyncio) {
  const chunk = await bundle("\0program", { minify: true, modules: { "\0program": source, tsyncio } });
  if (chunk.imports.length > 0) throw new Error(`not portable: imports ${chunk.imports.join(", ")}`);
  return { bytes: Buffer.byteLength(chunk.code), gzipped: gzip(chunk.code) };
}

/** `modules` are files that exist only here: name to source. */
async function bundle(input, { minify, entry = "full", modules = {} }) {
  const build = await rolldown({
    input,
    cwd: root,
    platform: "browser",
    tsconfig: join(root, "tsconfig.json"),
    resolve: { conditionNames: [...(entry === "production" ? ["production"] : []), "import", "default"] },
    transform: { target: "es2022" },
    // A name that cannot be resolved would otherwise become an import, and so weigh nothing.
    onLog: (_level, log) => {
      throw new Error(log.message);
    },
    plugins: [
      {
        name: "modules",
        resolveId: (id) => (Object.hasOwn(modules, id) ? { id, moduleSideEffects: id === input } : undefined),
        load: (id) => modules[id],
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify, codeSplitting: false });
  await build.close();
  return output[0];
}

function gzip(code) {
  return gzipSync(code, { level: 9 }).length;
}

/**
 * What the hello world would save without each of its classes and functions. Their sum says nothing, their order does.
 */
async function printParts(tsyncio) {
  const modules = { "\0program": programs.hello, tsyncio };
  const { code } = await bundle("\0program", { minify: { compress: true, mangle: false }, modules });
  const whole = gzip(code);
  const parts = parseSync("program.js", code)
    .program.body.flatMap((statement) =>
      statement.type === "VariableDeclaration" ? statement.declarations : statement,
    )
    .map(({ start, end }) => [whole - gzip(code.slice(0, start) + code.slice(end)), code.slice(start, start + 60)])
    .sort(([a], [b]) => b - a);
  for (const [saved, beginning] of parts) console.log(`  ${String(saved).padStart(6)}  ${beginning.split("\n")[0]}`);
}
