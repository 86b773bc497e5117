/** The package as it is published, installed elsewhere: its program finds why a process hangs. */

import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lineAtFault, TELLS } from "./hanging.ts";
import { type Printed, printed, Running } from "./support.ts";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const source = join(root, "packages", "tsyncio");
const program = fileURLToPath(new URL("../programs/hangs.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tsyncio-packed-"));
const app = join(folder, "app");
const { NODE_OPTIONS: _, ...env } = process.env; // of the test runner

beforeAll(() => {
  // What npm would pack, without waiting for the build's other checks.
  const packed = join(folder, "package");
  mkdirSync(packed);
  for (const name of ["package.json", "src", "types"])
    cpSync(join(source, name), join(packed, name), { recursive: true });
  const tsdown = join(root, "node_modules", "tsdown", "dist", "run.mjs");
  const off = ["--no-dts", "--no-publint", "--no-attw", "--no-sourcemap"];
  execFileSync(process.execPath, [tsdown, "--out-dir", join(packed, "dist"), ...off], { cwd: source, stdio: "pipe" });
  const npm = (cwd: string, ...args: string[]): string => execFileSync("npm", args, { cwd, env, encoding: "utf8" });
  const file = npm(packed, "pack", "--ignore-scripts", "--silent").trim();
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }');
  copyFileSync(program, join(app, "hangs.ts"));
  npm(app, "install", "--offline", "--no-audit", "--no-fund", join(packed, file));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The program `tsyncio` that was installed. */
const tsyncio = (...args: string[]): Promise<Printed> =>
  printed(spawn(join(app, "node_modules", ".bin", "tsyncio"), args, { env, cwd: app }));

describe.runIf(process.platform === "linux")("of a process that runs the packed package and hangs", () => {
  it.each(Object.entries(TELLS))("tree and why show the line at fault: %s", async (name, tells) => {
    const place = `hangs.ts:${lineAtFault(program, name)}:`;
    await using running = await Running.start(process.execPath, [
      "--no-warnings",
      "--inspect-port=0",
      join(app, "hangs.ts"),
      name,
    ]);
    let tree = await tsyncio("tree", String(running.pid));
    while (tree.code === 0 && !tree.stdout.includes(place)) tree = await tsyncio("tree", String(running.pid));
    expect(tree).toMatchObject({ code: 0, stderr: "" });
    const why = await tsyncio("why", String(running.pid));
    expect(why).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining(place) });
    expect(why.stdout).toMatch(tells);
    expect(running.alive()).toBe(true);
  });

  it("npx tsyncio is that program", async () => {
    const { code, stdout } = await printed(spawn("npx", ["tsyncio", "tree", "--help"], { env, cwd: app }));
    expect(code).toBe(0);
    expect(stdout).toContain("usage: tsyncio tree PID|FILE");
  });
});

describe("the packed package without its optional peers", () => {
  it("says how to install @opentelemetry/api", async () => {
    const text = `import { span } from "tsyncio/otel"; span("a");`;
    const { code, stderr } = await printed(
      spawn(process.execPath, ["--input-type=module", "-e", text], { env, cwd: app }),
    );
    expect(code).toBe(1);
    expect(stderr).toContain("@opentelemetry/api, which is not installed: npm install @opentelemetry/api");
  });
});
