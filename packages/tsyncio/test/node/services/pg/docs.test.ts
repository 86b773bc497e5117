/**
 * The programs of the docs that need a PostgreSQL: they print what the page says. The others, and the translations:
 * node/docs.test.ts.
 */

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { nodeOptions } from "../../children.ts";
import { postgres } from "./support.ts";

const there = postgres();
const root = fileURLToPath(new URL("../../../../../../", import.meta.url));
// Inside the repository, so that the programs find the package.
const folder = join(root, ".cache", `docs-postgres-${process.pid}`);
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const programs = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md") && !name.endsWith(".ko.md"))
  .flatMap((page) => {
    const blocks = readFileSync(join(root, "docs", page), "utf8").matchAll(
      /^```ts postgres\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```/gm,
    );
    return [...blocks].map(([, code = "", output = ""], i) => ({ name: `${page}, program ${i + 1}`, code, output }));
  });

it.each(programs)("$name", async ({ name, code, output }) => {
  const file = join(folder, `${name.replaceAll(/\W/g, "-")}.ts`);
  writeFileSync(file, code);
  const args = [...nodeOptions, "--import=tsyncio-transform/register", file];
  const printed = await new Promise<string>((resolve) => {
    const env = { ...process.env, DATABASE_URL: there.server.connectionString };
    execFile(process.execPath, args, { env }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  expect(printed).toBe(output);
});

it("there are some", () => {
  expect(programs.length).toBeGreaterThan(0);
});
