import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "tsyncio";
import { afterAll, describe, expect, it } from "vitest";
import { nodeOptions } from "../../packages/tsyncio/test/node/children.ts";
import { importFile, intoSqlite, makeFile } from "./importFile.ts";
import { Sqlite } from "./sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-databases-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = [...nodeOptions, "--import=tsyncio-transform/register"];

function start(name: string, stdio: "pipe" | "ignore", ...args: string[]) {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [...options, program, ...args], { stdio: ["ignore", stdio, stdio] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (text: Buffer) => {
      output += String(text);
    });
  }
  const ended = new Promise<{ output: string; signal: string | null }>((resolve) => {
    child.on("close", (_code, signal) => resolve({ output, signal }));
  });
  return { child, ended };
}

async function countIn(path: string) {
  const database = new Sqlite(path);
  await database.aenter();
  const [row] = await database.fetch("select count(*) as count, sum(id) as sum from measurements");
  await database.aexit();
  return row;
}

describe("SQLite in a thread", () => {
  it("stores rows and finds them", async () => {
    expect(await start("sqlite.ts", "pipe").ended).toEqual({ output: "2 Grace\n3 Barbara\n", signal: null });
  });
});

describe("the import of a file", () => {
  it("stores each row once, whatever the parts cut through, and shows how far it is", async () => {
    const path = join(folder, "whole.csv");
    await run(makeFile(path, 2_300_000));
    const shares: number[] = [];
    await run(intoSqlite(`${path}.db`, (sink) => importFile(path, [sink], (share) => shares.push(share))));
    const lines = readFileSync(path, "utf8").split("\n").length - 1;
    expect(await countIn(`${path}.db`)).toEqual({ count: lines, sum: (lines * (lines - 1)) / 2 });
    expect(shares.length).toBe(3);
    expect(shares.at(-1)).toBe(1);
    expect(existsSync(`${path}.db.part`)).toBe(false);
  });

  it("refuses a line that is too long, instead of leaving rows out", async () => {
    const path = join(folder, "long.csv");
    const size = 1 << 20;
    for (const long of [`1,${"x".repeat(2 * size)},1\n`, `1,${"x".repeat(2000)},1\n`]) {
      const before = "0,Oslo,1\n".repeat(Math.floor((size - 10) / 9));
      writeFileSync(path, `${before}${long}2,Lima,2\n`);
      const imported = run(intoSqlite(`${path}.db`, (sink) => importFile(path, [sink], () => {})));
      await expect(imported).rejects.toThrow(/a line has more than 1024 bytes, near byte \d+/);
      expect(readdirSync(folder).filter((name) => name.startsWith("long"))).toEqual(["long.csv"]);
    }
  });

  it("which Ctrl-C has ended while it makes its file leaves none", async () => {
    const path = join(folder, "made.csv");
    const { child, ended } = start("importFile.ts", "ignore", path, "2000");
    while (!existsSync(`${path}.part`)) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGINT");
    expect((await ended).signal).toBe("SIGINT");
    expect(readdirSync(folder).filter((name) => name.startsWith("made"))).toEqual([]);
  });

  it("which Ctrl-C has ended leaves only the file that it reads", async () => {
    const path = join(folder, "ended.csv");
    await run(makeFile(path, 40_000_000));
    const { child, ended } = start("importFile.ts", "ignore", path);
    // It has begun when its database is there.
    while (!existsSync(`${path}.db.part`)) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGINT");
    expect((await ended).signal).toBe("SIGINT");
    expect(readdirSync(folder).filter((name) => name.startsWith("ended"))).toEqual(["ended.csv"]);
  });
});
