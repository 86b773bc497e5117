import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeOptions } from "../packages/tsyncio/test/node/children.ts";
import type { Case } from "./program.ts";

const good: Case = {
  id: "good",
  program: { funcs: { main: { kind: "async", body: [["return", 1]] } } },
  trace: [
    [0, "main", "end", "return", 1],
    [0, null, "outcome", "return", 1],
    [0, null, "final", [["main", "returned"]]],
  ],
};
const wrong: Case = { ...good, id: "wrong", why: "expects another value", trace: [[0, "main", "end", "return", 2]] };

describe("npm run -s conformance", () => {
  let folder: string;
  const file = (name: string) => join(folder, name);
  const lines = (...cases: Case[]) => `${cases.map((test) => JSON.stringify(test)).join("\n")}\n`;

  function run(...args: string[]) {
    const cli = fileURLToPath(new URL("cli.ts", import.meta.url));
    const node = [...nodeOptions, "--disable-warning=ExperimentalWarning", cli, ...args];
    const done = spawnSync(process.execPath, node, { encoding: "utf8", cwd: folder });
    return { ...done, last: done.stdout.trimEnd().split("\n").at(-1) };
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "conformance-"));
    writeFileSync(file("good.jsonl"), lines(good));
    writeFileSync(file("both.jsonl.gz"), gzipSync(lines(good, wrong)));
    writeFileSync(file("broken.jsonl"), `${lines(good)}{"id": 3}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("ends with the counts and 0 where all pass", () => {
    const { status, last, stderr } = run(file("good.jsonl"));
    expect({ status, last, stderr }).toEqual({ status: 0, last: "1 passed, 0 failed", stderr: "" });
  });

  it("reads several files, compressed ones too, and ends with 1 where a trace differs", () => {
    const { status, last, stdout } = run(file("good.jsonl"), file("both.jsonl.gz"));
    expect({ status, last }).toEqual({ status: 1, last: "2 passed, 1 failed" });
    expect(stdout).toContain("--- wrong");
    expect(stdout).toContain("expects another value");
  });

  it("runs one case by its id", () => {
    expect(run("--id", "good", file("both.jsonl.gz")).last).toBe("1 passed, 0 failed");
  });

  it.each([
    ["a file that cannot be read", ["absent.jsonl"], "absent.jsonl"],
    ["a line that is not a case", ["broken.jsonl"], "broken.jsonl: line 2"],
    ["an unknown id", ["--id", "nobody", "good.jsonl"], "nobody"],
    ["an unknown option", ["--no-such-option"], "no-such-option"],
  ])("ends with 2 and one line on stderr for %s", (_, args, text) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(text);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  it("explains itself", () => {
    const { status, stdout } = run("--help");
    expect(status).toBe(0);
    expect(stdout).toContain("usage:");
  });
});
