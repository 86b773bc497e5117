/** The example that imports a file into PostgreSQL and SQLite: to its end, and ended by Ctrl-C. */

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { nodeOptions } from "../../children.ts";
import { postgres } from "./support.ts";

const there = postgres();
const folder = mkdtempSync(join(tmpdir(), "tsyncio-import-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = fileURLToPath(new URL("../../../../../../examples/databases/importFile.ts", import.meta.url));
const options = [...nodeOptions, "--import=tsyncio-transform/register"];

function start(path: string, megabytes: number) {
  const child = spawn(process.execPath, [...options, program, path, String(megabytes)], {
    env: { ...process.env, DATABASE_URL: there.server.connectionString },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (text) => {
    output += text;
  });
  const ended = new Promise<{ output: string; signal: string | null }>((resolve) => {
    child.on("close", (_code, signal) => resolve({ output, signal }));
  });
  return { child, ended };
}

test("stores all rows in both", async () => {
  const path = join(folder, "whole.csv");
  const { output } = await start(path, 3).ended;
  const lines = readFileSync(path, "utf8").split("\n").length - 1;
  expect(output).toBe(`PostgreSQL has ${lines} rows.\nSQLite has ${lines} rows.\n`);
  const [row] = await there.observer.query("select count(distinct id)::int as count from measurements");
  expect(row).toEqual({ count: lines });
});

test("ended by Ctrl-C: PostgreSQL has the table of before, SQLite no file, and no session is left", async () => {
  const [before] = await there.observer.query("select count(*) as count from measurements");
  const { child, ended } = start(join(folder, "ended.csv"), 60);
  const active = async () => (await there.observer.sessions()).some(({ query }) => query.includes("insert into"));
  while (!(await active())) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGINT");
  expect((await ended).signal).toBe("SIGINT");
  expect((await there.observer.query("select count(*) as count from measurements"))[0]).toEqual(before);
  while ((await there.observer.sessions()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(readdirSync(folder).filter((name) => name.startsWith("ended"))).toEqual(["ended.csv"]);
});
