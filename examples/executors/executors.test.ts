import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "tsyncio";
import { afterAll, describe, expect, it } from "vitest";
import { nodeOptions } from "../../packages/tsyncio/test/node/children.ts";
import { hashFiles } from "./hashFiles.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-hash-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sizes = { "a.bin": 0, "b.bin": 10, "c.bin": 3_500_000, "d.bin": 1 << 20 };
const contents = Object.entries(sizes).map(([name, size]) => {
  const content = Buffer.alloc(size, name);
  writeFileSync(join(folder, name), content);
  return { name, hash: createHash("sha256").update(content).digest("hex") };
});

const options = [...nodeOptions, "--import=tsyncio-transform/register"];

function start(name: string, ...args: string[]): Promise<string> {
  const program = fileURLToPath(new URL(name, import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...options, program, ...args], (error, stdout, stderr) => {
      if (error === null && stderr === "") resolve(stdout);
      else reject(error ?? new Error(stderr));
    });
  });
}

describe("the examples of executors", () => {
  it("runInExecutor: three downloads in threads, and the loop ticks meanwhile", async () => {
    const lines = (await start("runInExecutor.ts")).trimEnd().split("\n");
    expect(lines.filter((line) => line !== "tick")).toEqual([
      "done: site1.com (retries: 0)",
      "done: site2.com (retries: 3)",
      "done: site3.com (retries: 0)",
    ]);
    expect(lines.filter((line) => line === "tick").length).toBeGreaterThanOrEqual(3);
  });

  it("hashFiles: prints the hash of every file", async () => {
    const expected = contents.map(({ name, hash }) => `${hash}  ${name}\n`).join("");
    expect(await start("hashFiles.ts", folder)).toBe(expected);
  });

  it("hashFiles: the bar goes up to the end", async () => {
    const shares: number[] = [];
    const paths = contents.map(({ name }) => join(folder, name));
    const hashes = await run(hashFiles(paths, (share) => shares.push(share)));
    expect(hashes).toEqual(contents.map(({ hash }) => hash));
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.length).toBe(1 + 4 + 1); // reads of 1 MiB
    expect(shares.at(-1)).toBe(1);
  });
});
