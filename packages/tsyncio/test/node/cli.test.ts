/** The program `tsyncio`, as a user starts it. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { PRINTED, PROGRAM } from "../../../tsyncio-transform/test/node/program.ts";
import { Project } from "../../../tsyncio-transform/test/node/project.ts";
import { CLI, nodeOptions } from "./children.ts";

const project = new Project({
  ...PROGRAM,
  "arguments.mjs": `console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;`,
  "forever.mjs": `process.on("SIGTERM", () => { console.log("ended"); process.exit(3); }); console.log("ready"); setInterval(() => {}, 1000);`,
});
afterAll(() => project[Symbol.dispose]());

const tsyncio = (...args: string[]) => project.node(CLI, ...args);

describe("tsyncio run", () => {
  test("runs a program in native syntax", async () => {
    expect(await tsyncio("run", "main.mts")).toEqual({ code: 0, stdout: PRINTED, stderr: "" });
  });

  test("hands on arguments and the exit code", async () => {
    expect(await tsyncio("run", "arguments.mjs", "--x", "1")).toEqual({ code: 7, stdout: '["--x","1"]\n', stderr: "" });
  });

  test("hands on a signal, and ends as the program ends", async () => {
    const child = spawn(process.execPath, [...nodeOptions, CLI, "run", "forever.mjs"], {
      cwd: project.folder,
    });
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      output += data;
      if (output === "ready\n") child.kill("SIGTERM");
    });
    const [code] = await once(child, "close");
    expect([code, output]).toEqual([3, "ready\nended\n"]);
  });

  test("says what is missing", async () => {
    expect((await tsyncio("run")).stderr).toContain("run needs the file of a program");
    expect((await tsyncio("run", "nothing.mjs")).stderr).toContain(`there is no file ${project.path("nothing.mjs")}`);
    expect(await tsyncio("walk")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no command "walk"'),
    });
  });

  test("names the command that installs the compiler, by the lock file of the project", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsyncio-bare-"));
    writeFileSync(join(folder, "main.mjs"), "");
    writeFileSync(join(folder, "pnpm-lock.yaml"), "");
    const { code, stderr } = await tsyncio("run", join(folder, "main.mjs"));
    expect(code).toBe(2);
    expect(stderr).toContain("pnpm add --save-dev tsyncio-transform");
  });

  test("refuses a compiler whose output this version does not run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsyncio-old-"));
    const installed = join(folder, "node_modules", "tsyncio-transform");
    const manifest = fileURLToPath(new URL("../../../tsyncio-transform/package.json", import.meta.url));
    cpSync(manifest, join(installed, "package.json"));
    const other = { ...JSON.parse(readFileSync(manifest, "utf8")), version: "7.3.0" };
    writeFileSync(join(installed, "package.json"), JSON.stringify(other));
    writeFileSync(join(folder, "main.mjs"), "");
    const { code, stderr } = await tsyncio("run", join(folder, "main.mjs"));
    expect(code).toBe(2);
    expect(stderr).toMatch(/tsyncio-transform 7\.3\.0 does not go with tsyncio \S+\. Install the same version of both/);
  });
});

describe("tsyncio --help", () => {
  test("names the commands, and each explains itself", async () => {
    expect((await tsyncio("--help")).stdout).toContain("run FILE");
    expect((await tsyncio("run", "--help")).stdout).toContain("usage: tsyncio run FILE");
    expect((await tsyncio("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });
});

describe("tsyncio", () => {
  /** What the prompt prints for each of the inputs. */
  async function prompt(...lines: string[]): Promise<string[]> {
    const { stdout } = await project.run(process.execPath, [...nodeOptions, CLI], lines.join("\n"));
    return stdout
      .split("> ")
      .slice(1)
      .map((text) => text.trimEnd());
  }

  test("awaits coroutines at the prompt, one input after the other", async () => {
    const printed = await prompt("await sleep(0.01, 5)", "const x = await sleep(0, 7), { y } = { y: 3 }", "x + y");
    expect(printed.slice(0, 3)).toEqual(["5", "undefined", "10"]);
  });

  test("keeps functions, classes and imports", async () => {
    const printed = await prompt(
      "async function twice(n) { await sleep(0); return n * 2 }",
      "class C { one = 1 }",
      'import { join as together } from "node:path"',
      'together("a", String(await twice(new C().one)))',
    );
    expect(printed[3]).toBe("'a/2'");
  });

  test("runs tasks while the next input is typed", async () => {
    const printed = await prompt("const task = createTask(sleep(0, 8))", "await sleep(0.01)", "task.result()");
    expect(printed[2]).toBe("8");
  });

  test("prints nothing for an empty line", async () => {
    expect(await prompt("", "1", "", "2")).toEqual(["", "1", "", "2", ""]);
  });

  test("goes on in the next line with what is not complete", async () => {
    const printed = await prompt("async function f() {", "  return 1", "}", "await f()");
    expect(printed.at(-2)).toBe("1");
  });

  test("shows errors, of the input and of the program, and goes on", async () => {
    const printed = await prompt("1 2", 'throw new ValueError("bad")', "await using x = timeout(1)", "6");
    expect(printed[0]).toContain("SyntaxError: repl.js:1:2");
    expect(printed[1]).toContain("ValueError: bad");
    expect(printed[2]).toContain("write { await using x = …; … } in one piece");
    expect(printed[3]).toBe("6");
  });
});
