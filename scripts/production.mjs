// npm test -- production: the production entry, as three bundlers bundle it. Each bundles the contract and the
// conformance programs with the conditions `browser` and `production`; both then run as they are. The contract holds
// for the full entry too, as it was built. Needs the build.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { build as vite } from "vite";
import { capture, newerNode, root } from "./lib/bootstrap.mjs";

const programs = {
  contract: join(root, "packages", "tsyncio", "test", "production", "contract.ts"),
  conformance: join(root, "packages", "tsyncio", "test", "production", "conformance.ts"),
};
const cases = ["basic.jsonl", "random.jsonl.gz"].map((name) => join(root, "conformance", "cases", name));
const conditions = ["production", "browser", "import"];
const external = [/^node:/];
const folder = join(root, ".cache", "production");

const bundlers = {
  rolldown: async (input, file) => {
    const build = await rolldown({ input, external, platform: "browser", resolve: { conditionNames: conditions } });
    await build.write({ file, format: "esm", minify: true });
  },
  esbuild: (input, file) =>
    esbuild({
      entryPoints: [input],
      outfile: file,
      bundle: true,
      minify: true,
      format: "esm",
      conditions,
      external: ["node:*"],
    }),
  vite: (input, file) =>
    vite({
      root,
      configFile: false,
      logLevel: "error",
      build: {
        outDir: join(file, ".."),
        emptyOutDir: false,
        minify: true,
        target: "esnext",
        lib: { entry: input, formats: ["es"], fileName: () => file.slice(file.lastIndexOf("/") + 1) },
        rolldownOptions: { external },
      },
    }),
};

rmSync(folder, { recursive: true, force: true });
let failed = false;
await runProgram("as built", programs.contract);
for (const [bundler, bundle] of Object.entries(bundlers)) {
  const out = join(folder, bundler);
  mkdirSync(out, { recursive: true });
  for (const [name, input] of Object.entries(programs)) {
    const file = join(out, `${name}.mjs`);
    await bundle(input, file);
    await runProgram(bundler, file, ...(name === "conformance" ? cases : []));
  }
}
process.exitCode = failed ? 1 : 0;

async function runProgram(bundler, ...args) {
  const { code, output } = await capture(newerNode, args, { cwd: root });
  failed ||= code !== 0;
  console.log(`${bundler}: ${code === 0 ? output.trim().split("\n").at(-1) : `FAILED\n${shortened(output)}`}`);
}

/** The program is one line of a megabyte, and stands in its stack. */
function shortened(output) {
  return output
    .trim()
    .split("\n")
    .map((line) => line.slice(0, 200))
    .join("\n");
}
