/** The guide "Debugging a running program": its program hangs, and its commands print what stands there. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Running, tsyncio } from "./support.ts";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const page = readFileSync(join(root, "docs/debugging-running.md"), "utf8");
const translation = readFileSync(join(root, "docs/debugging-running.ko.md"), "utf8");
const blocks = [...page.matchAll(/^```(?:js|console)\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
const [program, ...sessions] = blocks as [string, ...string[]];
// Inside the repository, so that the program finds the package.
mkdirSync(join(root, ".cache"), { recursive: true });
const folder = mkdtempSync(join(root, ".cache/guide-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What differs from run to run. */
const settled = (text: string): string =>
  text
    .replace(/process \d+, Node\.js \S+: /, "process 4711, Node.js: ")
    .replace(/pause was [\d.]+ ms/, "pause was 1.0 ms")
    .replaceAll(/[^( ]*guide-\w+\//g, "");

describe.runIf(process.platform === "linux")("the guide to debugging a running program", () => {
  it.each(sessions)("prints what stands in the page: %s", async (session) => {
    const file = join(folder, "main.mjs");
    writeFileSync(file, program);
    // It prints nothing itself.
    const starts = "data:text/javascript,console.log('starts')";
    const register = createRequire(import.meta.url).resolve("tsyncio-transform/register");
    await using running = await Running.node("--import", register, "--import", starts, file);
    while (!(await tsyncio("tree", String(running.pid))).stdout.includes("(× 8)")) expect(running.alive()).toBe(true);
    const [command = "", ...expected] = session.split("\n");
    const args = [...command.replace("$ npx tsyncio ", "").matchAll(/"([^"]*)"|(\S+)/g)].map(
      (match) => match[1] ?? match[2],
    );
    const { stdout } = await tsyncio(...args.map((arg) => (arg === "4711" ? String(running.pid) : (arg as string))));
    expect(settled(stdout)).toBe(settled(expected.join("\n")));
  });

  it("has the same program and the same output in both languages", () => {
    for (const block of blocks) expect(translation).toContain(block);
  });
});
