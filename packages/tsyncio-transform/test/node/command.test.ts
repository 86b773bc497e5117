import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../../src/command.ts";

const MARKED = '"use tsyncio";\nexport async function f() { await g; }\n';
const PLAIN = "export async function f() {}\n";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tsyncio-transform-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: { readonly [name: string]: string }): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const read = (name: string) => readFileSync(join(folder, name), "utf8");

function run(...args: string[]) {
  let out = "";
  let err = "";
  const code = main(args, { write: (text) => (out += text) }, { write: (text) => (err += text) });
  return { code, out, err: err.replaceAll(folder, "") };
}

describe("tsyncio-transform", () => {
  it("compiles the marked modules of a folder in place, but for node_modules", () => {
    write({ "a.js": MARKED, "sub/b.mjs": MARKED, "c.js": PLAIN, "d.json": "{}", "node_modules/e/e.js": MARKED });
    expect(run(folder)).toEqual({ code: 0, out: "2 of 4 files compiled\n", err: "" });
    for (const name of ["a.js", "sub/b.mjs"]) expect(read(name)).toContain('from"tsyncio/native"');
    expect(read("c.js")).toBe(PLAIN);
    expect(read("node_modules/e/e.js")).toBe(MARKED);
    expect(run(folder)).toEqual({ code: 0, out: "0 of 4 files compiled\n", err: "" });
  });

  it("does not overwrite sources", () => {
    write({ "a.ts": MARKED });
    expect(run(folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining("/a.ts: is a source, and would be overwritten"),
    });
    expect(read("a.ts")).toBe(MARKED);
  });

  it("writes a whole folder to another", () => {
    write({ "src/a.ts": MARKED, "src/sub/b.ts": PLAIN, "src/c.json": "{}" });
    expect(run("--out", join(folder, "out"), join(folder, "src"))).toMatchObject({
      code: 0,
      out: "1 of 3 files compiled\n",
    });
    expect(read("out/a.ts")).toContain('from"tsyncio/native"');
    expect(read("out/sub/b.ts")).toBe(PLAIN);
    expect(read("out/c.json")).toBe("{}");
    expect(read("src/a.ts")).toBe(MARKED);
  });

  it("tells of what cannot be compiled and of what is probably not meant, and goes on", () => {
    write({
      "a.js": '"use tsyncio";\nclass A extends B { m() { return async () => { super.x = 1 } } }',
      "b.js": '"use tsyncio";\nasync function f() { Promise.all([f()]) }',
    });
    expect(run(folder)).toEqual({
      code: 1,
      out: "1 of 2 files compiled\n",
      err:
        "/a.js:2:48: super.x cannot be assigned to in an async arrow function: use an async method\n" +
        "/b.js:2:22: warning: Promise.all does not cancel the coroutines that it waits for: write await gather(…)\n",
    });
  });

  it("shows the generator form of a file", () => {
    write({ "a.ts": MARKED, "b.ts": PLAIN });
    expect(run("--print", join(folder, "a.ts")).out).toBe(
      'import { coroutineFunction as coroutine, awaited } from "tsyncio/native";\n' +
        "export const f = coroutine(function* f() { yield* awaited(g); });\n",
    );
    expect(run("--print", join(folder, "b.ts"))).toEqual({
      code: 1,
      out: "",
      err: '/b.ts: does not begin with "use tsyncio"\n',
    });
  });

  it("says how it is used", () => {
    expect(run("--help")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Usage:\n {2}tsyncio-transform PATH/),
      err: "",
    });
    expect(run()).toMatchObject({ code: 2, out: "", err: expect.stringContaining("Usage:") });
    expect(run("--prnt")).toMatchObject({ code: 2, err: expect.stringContaining("'--prnt'") });
    expect(run(join(folder, "missing"))).toMatchObject({ code: 1, err: expect.stringContaining("ENOENT") });
  });
});
