import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { create } from "../../src/create.ts";
import { packageName, parseOptions, syntaxes, templates } from "../../src/options.ts";
import { ask, Left } from "../../src/prompts.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "create-tsyncio-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("options", () => {
  it.each([
    [["--fast"], "unknown option --fast; the options are --template, --syntax, --yes, --help"],
    [["-x"], "unknown option -x; the options are --template, --syntax, --yes, --help"],
    [["--constructor"], "unknown option --constructor; the options are --template, --syntax, --yes, --help"],
    [["--template", "deno"], "--template must be node or vite or library, got deno"],
    [["--syntax=toString"], "--syntax must be native or generators, got toString"],
    [["--template"], "--template must have a value, such as --template node"],
    [["--yes=no"], "--yes takes no value"],
    [["a", "b"], "there can be only one folder, got a and b"],
  ])("%j is refused", (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });

  it("may be short, and come in any order", () => {
    expect(parseOptions(["-t", "vite", "app", "-s", "native", "-y"])).toEqual({
      directory: "app",
      template: "vite",
      syntax: "native",
      yes: true,
      help: false,
    });
  });

  it.each(["App", "a b", ".hidden", "-app", "앱", "a".repeat(215), "node_modules", "fs"])("%j is no name", (name) => {
    expect(() => packageName(join(folder, name))).toThrow(/name/);
  });

  it("a project cannot have the name of what it depends on", () => {
    expect(() => create(join(folder, "tsyncio"), "node", "native")).toThrow("depends on, got tsyncio");
    expect(existsSync(join(folder, "tsyncio"))).toBe(false);
  });
});

describe("the folder", () => {
  it("must be empty, but for .git", () => {
    mkdirSync(join(folder, "app", ".git"), { recursive: true });
    expect(create(join(folder, "app"), "node", "native")).toContain("src/main.ts");
    expect(() => create(join(folder, "app"), "node", "native")).toThrow(
      /app is not empty, it has .*, …: name a folder/,
    );
  });

  it("must be no file", () => {
    writeFileSync(join(folder, "app"), "");
    expect(() => create(join(folder, "app"), "node", "native")).toThrow("is a file");
  });

  const all = Object.keys(templates).flatMap((template) => Object.keys(syntaxes).map((syntax) => [template, syntax]));
  it.each(all as ["node", "native"][])("of %s in %s has all that its scripts need", (template, syntax) => {
    const app = join(folder, "app");
    const files = create(app, template, syntax);
    for (const name of [".gitignore", ".oxlintrc.json", "README.md", "package.json", "tsconfig.json"])
      expect(files).toContain(name);
    const texts = files.map((file) => readFileSync(join(app, file), "utf8"));
    expect(texts.filter((text) => text.includes("{{"))).toEqual([]);
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(JSON.parse(readFileSync(join(app, "package.json"), "utf8"))).toMatchObject({
      name: "app",
      devDependencies: { "eslint-plugin-tsyncio": `^${version}` },
    });
    const marked = files.filter((file, i) => file.endsWith(".ts") && texts[i]?.startsWith('"use tsyncio"'));
    expect(marked.length > 0).toBe(syntax === ("native" as string));
  });
});

describe("the program", () => {
  it("says what is missing where there is no terminal", () => {
    expect(run("app", "--syntax", "native")).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "create-tsyncio: --template must be given where there is no terminal to ask at, or --yes. --help shows the options.\n",
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("makes the default project with --yes, and says what to do next", () => {
    const { status, stdout } = run("--yes");
    expect(status).toBe(0);
    expect(stdout).toContain("Next:\n  cd tsyncio-app\n  npm install\n  npm start\n  npm run check\n");
    expect(existsSync(join(folder, "tsyncio-app", "src", "main.ts"))).toBe(true);
  });

  it("shows its options", () => {
    expect(run("--help").stdout).toMatch(/--template, -t node .*\n +vite .*\n +library /);
  });
});

describe("the questions", () => {
  it("take the default for an empty line, ask again after a wrong one, and understand a beginning", async () => {
    const { input, output } = typing("Not A Name\n", "my-app\n", "\n", "gen\n");
    expect(await ask({}, input, output)).toEqual({
      directory: "my-app",
      template: "node",
      syntax: "generators",
    });
  });

  it("end with Ctrl-D", async () => {
    const { input, output } = typing();
    input.end();
    await expect(ask({}, input, output)).rejects.toThrow(Left);
  });

  /** Types a line at each question. */
  function typing(...lines: string[]) {
    const input = new PassThrough();
    const output = new PassThrough();
    output.setEncoding("utf8").on("data", (text: string) => {
      if (!text.endsWith("): ")) return;
      const line = lines.shift();
      if (line !== undefined) input.write(line);
    });
    return { input, output };
  }
});
