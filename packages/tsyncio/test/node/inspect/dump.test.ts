/** `tsyncio dump`, and the same commands on what it has written. */

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Running, tsyncio } from "./support.ts";

const program = fileURLToPath(new URL("../programs/cancelled.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tsyncio-dump-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(process.platform === "linux")("tsyncio dump", () => {
  it("writes a file that only its owner can read, and that ps, tree and why read later", async () => {
    const file = join(folder, "now.json");
    await using running = await Running.node(program);
    const { code, stdout } = await tsyncio("dump", String(running.pid), "-o", file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^3 tasks of process \d+ are in /);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    running.child.kill("SIGKILL");
    expect((await tsyncio("ps", file)).stdout).toMatch(/refuses +waiting, cancelled by main/);
    expect((await tsyncio("tree", file)).stdout).toMatch(/refuses waits for sleep\(1000\), cancelled by main\n/);
    expect((await tsyncio("why", file, "refuses")).stdout).toContain("a timer will wake it");
    expect(await tsyncio("why", file, "unknown")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no task"),
    });
  });

  it("has the chain of the task, and what why prints of it, as JSON", async () => {
    const file = join(folder, "chain.json");
    await using running = await Running.node(program);
    await tsyncio("dump", String(running.pid), "-o", file);
    const printed = (await tsyncio("why", file, "refuses")).stdout;
    const [thread] = JSON.parse((await tsyncio("why", file, "refuses", "--json")).stdout).threads;
    expect(thread.tasks).toMatchObject([{ name: "refuses", state: "waiting" }]);
    expect(printed).toContain(`\n${thread.why[0]}\n`);
    expect(thread.why.at(-1)).toBe("refuses: a timer will wake it.");
    expect(await tsyncio("why", file, "unknown", "--json")).toMatchObject({ code: 1, stdout: "" });
  });

  it("tells since when tasks wait, and by which task they were cancelled, in debug mode; else how to learn that", async () => {
    await using running = await Running.node(program);
    const debug = (await tsyncio("ps", String(running.pid))).stdout;
    expect(debug).toMatch(/^refuses +waiting, cancelled by main +[\d.]+ s +sleep\(1000\)/m);
    expect(debug).not.toContain("noted in debug mode");
    expect((await tsyncio("why", String(running.pid), "refuses")).stdout).toMatch(
      /sleep\(1000\), for [\d.]+ s, cancelled by main/,
    );
    await using plain = await Running.node(program, "plain");
    expect((await tsyncio("ps", String(plain.pid))).stdout).toMatch(
      /^refuses +waiting, cancelled +sleep\(1000\)[\s\S]*\nSince when tasks wait and by which task they were cancelled are noted in debug mode/m,
    );
  });

  it("holds messages only with --values", async () => {
    const [plain, whole] = [join(folder, "plain.json"), join(folder, "whole.json")];
    await using running = await Running.node(program);
    await tsyncio("dump", String(running.pid), "-o", plain);
    await tsyncio("dump", String(running.pid), "-o", whole, "--values");
    expect(readFileSync(plain, "utf8")).not.toContain("a secret");
    expect(readFileSync(whole, "utf8")).toContain("a secret");
    expect((await tsyncio("why", whole, "refuses")).stdout).toContain('cancelled by main ("a secret reason")');
    // The items of a queue are in neither.
    expect(readFileSync(whole, "utf8")).not.toContain("an item");
  });

  it.each([
    ["{", "it is no JSON"],
    ["{}", "it was not written by `tsyncio dump`"],
    ['{ "format": 99, "threads": [] }', "it has format 99"],
  ])("says what is wrong with a file: %s", async (text, message) => {
    const file = join(folder, "wrong.json");
    writeFileSync(file, text);
    expect(await tsyncio("tree", file)).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
  });

  it("says what is missing", async () => {
    expect(await tsyncio("dump", "1")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("dump needs -o FILE"),
    });
    expect(await tsyncio("tree")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("a PID or a FILE is missing"),
    });
    expect(await tsyncio("tree", "nothing")).toMatchObject({ code: 2, stderr: expect.stringContaining("neither") });
  });

  it.each(["ps", "tree", "why", "dump"])("%s --help is its manual", async (command) => {
    const { code, stdout } = await tsyncio(command, "--help");
    expect(code).toBe(0);
    expect(stdout).toContain(`usage: tsyncio ${command} PID`);
    expect(stdout).toContain("--values");
  });
});
