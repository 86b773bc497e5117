// npm run hono -- CHECKOUT: hono's own tests, with all of its sources in native syntax: promise code that was never
// meant for it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { capture, ensureTools, newerNode, root } from "./lib/bootstrap.mjs";

const args = process.argv.slice(2);
if (args.length === 0 || args.includes("--help") || args.includes("-h")) {
  console.log(`npm run hono -- CHECKOUT

Runs hono's tests twice: as they are, and with every source module that has async functions marked by "use tsyncio". A test that passes
in the first run must pass in the second, but for those that scripts/hono-differences.json explains; at least 98 % must.

CHECKOUT      a clone of https://github.com/honojs/hono in which its dependencies are installed`);
  if (args.length === 0) console.log("\nhono: SKIPPED: no checkout is named.");
  process.exit(0);
}
const checkout = resolve(args[0]);
const vitest = join(checkout, "node_modules", "vitest", "vitest.mjs");
if (!existsSync(vitest)) {
  console.error(`hono: ${checkout} is no clone of hono with its dependencies: try npm install --ignore-scripts there`);
  process.exit(2);
}
await ensureTools();

const folder = join(root, ".cache", "hono");
mkdirSync(folder, { recursive: true });
const config = join(folder, "vitest.config.mjs");
writeFileSync(config, textOfConfig());

const before = await run("plain");
const after = await run("marked");
const known = JSON.parse(readFileSync(new URL("hono-differences.json", import.meta.url), "utf8"));
const passed = [...before].filter(([, { status }]) => status === "passed");
const differing = passed.filter(([name]) => after.get(name)?.status !== "passed");
const unexplained = differing.filter(([name]) => !Object.values(known).flat().includes(name));
const share = (100 * (passed.length - differing.length)) / passed.length;
for (const [name] of unexplained) console.log(`✗ ${name}\n    ${after.get(name)?.failure ?? "did not run"}`);
console.log(
  `hono: ${passed.length - differing.length} of the ${passed.length} tests that pass natively pass marked, ${share.toFixed(1)} %; ${unexplained.length} of the others unexplained`,
);
process.exitCode = share < 98 || unexplained.length > 0 ? 1 : 0;

/** Test → what came of it. */
async function run(mode) {
  const report = join(folder, `${mode}.json`);
  const options = ["--config", config, "--root", checkout, "--reporter=json", `--outputFile=${report}`];
  await capture(newerNode, [vitest, "run", ...options], { cwd: checkout, env: { ...process.env, TSYNCIO_HONO: mode } });
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  return new Map(
    testResults.flatMap(({ name: file, assertionResults }) =>
      assertionResults.map(({ fullName, status, failureMessages }) => [
        `${relative(checkout, file)}: ${fullName}`,
        { status, failure: failureMessages?.[0]?.split("\n")[0] },
      ]),
    ),
  );
}

function textOfConfig() {
  const path = (...parts) => JSON.stringify(join(root, "packages", ...parts));
  return `import { transform } from ${path("tsyncio-transform", "src", "index.ts")};
const marked = process.env.TSYNCIO_HONO === "marked";
const plugin = {
  name: "all-marked",
  enforce: "pre",
  transform(code, id) {
    if (!marked || !/\\/src\\/.*\\.tsx?$/.test(id) || !id.startsWith(${JSON.stringify(`${checkout}/`)})) return null;
    if (/\\.test\\.tsx?$/.test(id) || !/\\basync\\b/.test(code)) return null;
    const made = transform('"use tsyncio";' + code, { filename: id });
    return made && { code: made.code, map: made.map };
  },
};
export default {
  plugins: [plugin],
  oxc: { jsx: { runtime: "automatic", importSource: "./src/jsx" } },
  resolve: { alias: { "tsyncio/native": ${path("tsyncio", "src", "native", "index.ts")} } },
  test: {
    globals: true,
    include: ["src/**/*.test.{ts,tsx}"],
    exclude: ["**/node_modules/**", "**/sandbox/**", "**/*.case.test.*", "**/dom/**", "**/dom.test.tsx"],
    testTimeout: 20_000,
    maxWorkers: 2,
    dangerouslyIgnoreUnhandledErrors: true,
  },
};
`;
}
