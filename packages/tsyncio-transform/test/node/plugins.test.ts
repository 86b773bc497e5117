import { readFileSync } from "node:fs";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import esbuildPlugin from "tsyncio-transform/esbuild";
import rolldownPlugin from "tsyncio-transform/rolldown";
import rollupPlugin from "tsyncio-transform/rollup";
import vitePlugin from "tsyncio-transform/vite";
import { createServer, build as vite } from "vite";
import { afterAll, expect, test } from "vitest";
import { conditions, nodeOptions } from "../../../tsyncio/test/node/children.ts";
import { PRINTED, PROGRAM, withoutTypes } from "./program.ts";
import { Project } from "./project.ts";

const project = new Project({ ...PROGRAM, ...withoutTypes(PROGRAM) });
afterAll(() => project[Symbol.dispose]());

const external = [/^tsyncio/];

test.each([
  [
    "rollup",
    async (file: string) => {
      const bundle = await rollup({ input: project.path("main.mjs"), external, plugins: [rollupPlugin(undefined)] });
      await bundle.write({ file, format: "es" });
    },
  ],
  [
    "rolldown",
    async (file: string) => {
      const bundle = await rolldown({
        input: project.path("main.mts"),
        external,
        plugins: [rolldownPlugin(undefined)],
      });
      await bundle.write({ file, format: "esm" });
    },
  ],
  [
    "esbuild",
    async (outfile: string) => {
      const entryPoints = [project.path("main.mts")];
      const target = "node20"; // has no \`using\`
      await esbuild({
        entryPoints,
        outfile,
        bundle: true,
        format: "esm",
        target,
        packages: "external",
        plugins: [esbuildPlugin(undefined)],
      });
    },
  ],
  [
    "vite",
    async (file: string) => {
      const [folder, name] = [project.folder, file.slice(project.folder.length + 1)];
      await vite({
        root: folder,
        configFile: false,
        logLevel: "error",
        plugins: [vitePlugin(undefined)],
        build: {
          ssr: "main.mts",
          outDir: ".",
          emptyOutDir: false,
          minify: true,
          rolldownOptions: { external, output: { entryFileNames: name } },
        },
      });
    },
  ],
])("the plugin for %s compiles marked modules", async (name, bundle) => {
  const file = project.path(`bundle-${name}.mjs`);
  await bundle(file);
  expect(await project.node(file)).toEqual({ code: 0, stdout: PRINTED, stderr: "" });
});

test("Vite's server compiles marked modules", async () => {
  const server = await createServer({
    root: project.folder,
    configFile: false,
    logLevel: "error",
    server: { middlewareMode: true, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true },
    appType: "custom",
    plugins: [vitePlugin(undefined)],
  });
  try {
    const compiled = await server.environments.ssr.transformRequest("/numbers.mts");
    expect(compiled?.code).toMatch(/function\*\s+numbers/);
  } finally {
    await server.close();
  }
});

test("vitest runs tests in native syntax, and a failure after an await fails the test", async () => {
  project.write({
    "vitest.config.mjs": `import tsyncio from "tsyncio-transform/vite";
const conditions = ${JSON.stringify(conditions)};
export default {
  plugins: [tsyncio()],
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { execArgv: ${JSON.stringify(nodeOptions)} },
};`,
    "some.test.mts": `"use tsyncio";
import { sleep } from "tsyncio";
import { expect, test } from "vitest";
test("passes", async () => { await sleep(0); expect(1).toBe(1); });
test("fails", async () => { await sleep(0); expect(1).toBe(2); });`,
  });
  const report = ["--reporter=json", "--outputFile=report.json"];
  const { code } = await project.node("node_modules/vitest/vitest.mjs", "run", "--configLoader=native", ...report);
  const { testResults } = JSON.parse(readFileSync(project.path("report.json"), "utf8"));
  const statuses = testResults[0].assertionResults.map((each: { status: string }) => each.status);
  expect([code, statuses]).toEqual([1, ["passed", "failed"]]);
});
