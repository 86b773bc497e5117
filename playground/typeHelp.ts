/**
 * What the page loads once the user turns type help on, as one script for a worker: TypeScript's language service, the
 * declarations of the language, and those of tsyncio. `virtual:type-help` has its address and its size.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { build } from "tsdown";
import type { Plugin } from "vite";

const HELP = "virtual:type-help";
const FILES = "virtual:type-files";
const tsyncio = join(import.meta.dirname, "../packages/tsyncio");
const lib = dirname(fileURLToPath(import.meta.resolve("typescript")));
/** Programs run in a worker: they have its names, and no document. */
const LIB = /^lib\.(?:es|decorators|webworker)(?!.*\.full\.)/;
/** What programs may import, and the switch of the native syntax. */
const ENTRIES = [".", "./testing", "./native/types"];

export function typeHelp(): Plugin {
  return {
    name: "type-help",
    resolveId: (id) => (id === HELP ? `\0${HELP}` : null),
    async load(id) {
      if (id !== `\0${HELP}`) return null;
      for (const file of readdirSync(join(import.meta.dirname, "src/types"))) {
        this.addWatchFile(join(import.meta.dirname, "src/types", file));
      }
      const source = await script();
      const file = this.emitFile({ type: "asset", name: "types.js", source });
      const size = { bytes: Buffer.byteLength(source), compressed: gzipSync(source).length };
      return `export const url = import.meta.ROLLUP_FILE_URL_${file};\nexport const size = ${JSON.stringify(size)};`;
    },
  };
}

/** Of the worker. A classic script: the page starts it from its text. */
async function script(): Promise<string> {
  const files = JSON.stringify({ ...library(), ...(await declarations()) });
  const bundle = await rolldown({
    input: join(import.meta.dirname, "src/types/worker.ts"),
    platform: "browser",
    resolve: { conditionNames: ["@tsyncio/source"] },
    logLevel: "silent",
    plugins: [
      {
        name: "type-files",
        resolveId: (id) => (id === FILES ? `\0${FILES}` : null),
        load: (id) => (id === `\0${FILES}` ? `export default JSON.parse(${JSON.stringify(files)});` : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  await bundle.close();
  return output[0].code;
}

function library(): Record<string, string> {
  const names = readdirSync(lib).filter((name) => LIB.test(name));
  return Object.fromEntries(names.map((name) => [`/lib/${name}`, readFileSync(join(lib, name), "utf8")]));
}

/** As the package has them, made of its sources: nothing has to be built before. */
async function declarations(): Promise<Record<string, string>> {
  const bundles = await build({
    config: false,
    cwd: tsyncio,
    entry: { index: "src/index.ts", "testing/index": "src/testing/index.ts" },
    tsconfig: "tsconfig.build.json",
    format: "esm",
    platform: "neutral",
    fixedExtension: false,
    deps: { neverBundle: [/^node:/, /^tsyncio(?:\/|$)/] },
    dts: { emitDtsOnly: true },
    write: false,
    clean: false, // or the built package would be gone
    logLevel: "silent",
  });
  const home = "/node_modules/tsyncio";
  const files: Record<string, string> = {};
  for (const { chunks } of bundles) {
    for (const chunk of chunks) {
      if (chunk.type === "chunk" && chunk.fileName.endsWith(".d.ts"))
        files[`${home}/dist/${chunk.fileName}`] = chunk.code;
    }
  }
  const { name, type, exports } = JSON.parse(readFileSync(join(tsyncio, "package.json"), "utf8"));
  const entries = Object.fromEntries(ENTRIES.map((entry) => [entry, exports[entry]]));
  files[`${home}/package.json`] = JSON.stringify({ name, type, exports: entries });
  files[`${home}/types/native.d.ts`] = readFileSync(join(tsyncio, "types/native.d.ts"), "utf8");
  return files;
}
