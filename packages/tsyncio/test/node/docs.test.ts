/**
 * The README and the docs: every `ts` block is a program that compiles and runs, and a `text` block behind it is what
 * it prints. TSYNCIO_UPDATE_DOCS=1 writes what was printed into the pages.
 */

import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { nodeOptions } from "./children.ts";
import { compilerErrors } from "./compiling.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
// Inside the repository, so that the programs find the package.
const folder = join(root, ".cache", `docs-${process.pid}`);
const pages = ["README.md", "README.ko.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith(".md"))
  .sort();
const update = process.env.TSYNCIO_UPDATE_DOCS !== undefined;

interface Program {
  readonly page: string;
  readonly line: number;
  readonly code: string;
  /** What stands behind `ts`: variables of the environment, `TSYNCIO_DEBUG=1`. */
  readonly env: Record<string, string>;
  /** It needs a PostgreSQL, and is run by services/pg/docs.test.ts. */
  readonly postgres: boolean;
  /** It needs other libraries, those of bench/, and is run by the step "site". */
  readonly peers: boolean;
  /** What it prints, where the page says so. */
  readonly output: string | null;
  readonly file: string;
}

const BLOCK = /^```ts(.*)\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm;

const programs: Program[] = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(BLOCK)].map((match, i) => {
    const [, info = "", code = "", output] = match;
    const postgres = info.split(" ").includes("postgres");
    const peers = info.split(" ").includes("peers");
    const env = Object.fromEntries(info.split(" ").flatMap((word) => (word.includes("=") ? [word.split("=")] : [])));
    const line = text.slice(0, match.index).split("\n").length;
    const file = join(folder, `${page.replace(/\W/g, "-")}-${i + 1}`, "main.ts");
    return { page, line, code, env, postgres, peers, output: output ?? null, file };
  });
});

const originalOf = (page: string): string => page.replace(".ko.md", ".md");
const translations = pages.filter((page) => page !== originalOf(page));
/** The programs of a translation differ by their comments only: they need not run. */
const originals = programs.filter(({ page }) => !translations.includes(page));

for (const { file, code } of programs) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
}
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that a process prints, in order, and its exit code. */
function execute(args: string[], env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const file = `${args.at(-1)}.out`;
  const out = openSync(file, "w");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ["ignore", out, out] });
    child.on("error", reject);
    child.on("close", (code) => {
      closeSync(out);
      resolve({ code, output: readFileSync(file, "utf8") });
    });
  });
}

const isNative = ({ code }: Program): boolean => code.startsWith('"use tsyncio"');

/** Native syntax needs its compiler, which others go without. */
function argumentsFor(program: Program): string[] {
  return isNative(program) ? [...nodeOptions, "--import", "tsyncio-transform/register"] : [...nodeOptions];
}

/** Where it ran is nothing for a page: the program is called main.ts there. */
function asOnPage(output: string, program: Program): string {
  return output
    .replaceAll(`file://${program.file}`, "main.ts")
    .replaceAll(program.file, "main.ts")
    .replaceAll(program.file.split("/").slice(-2).join("/"), "main.ts") // as reports of tsyncio/testing shorten it
    .replaceAll(root, "");
}

describe("README and docs", () => {
  it("has programs to test", () => {
    expect(originals.length).toBeGreaterThan(12);
    expect(translations.length).toBeGreaterThan(3);
  });

  it.each([
    ["generators", ["node"], (program: Program) => !isNative(program)],
    ["native syntax", ["node", "tsyncio/native/types"], isNative],
  ])("compiles every program with %s", async (name, types, chosen) => {
    const files = programs.filter((program) => !program.peers && chosen(program)).map(({ file }) => file);
    const where = (file: string): string => {
      const program = programs.find((p) => relative(folder, p.file) === file);
      return program === undefined ? file : `${program.page}, block of line ${program.line}`;
    };
    expect(await compilerErrors(folder, name, { types }, files, where)).toBe("");
  });

  describe("runs every program, which prints what the page says", () => {
    const here = originals.filter(({ postgres, peers }) => !postgres && !peers);
    it.concurrent.each(here.map((p) => [`${p.page}:${p.line}`, p] as const))(
      "%s",
      async (_name, program) => {
        const { code, output } = await execute([...argumentsFor(program), program.file], program.env);
        const printed = asOnPage(output, program);
        expect(code, printed).toBe(0);
        if (program.output === null) return;
        if (update) replaceOutput(program, printed);
        else expect(printed).toBe(program.output);
      },
      120_000,
    ); // they start together, and each loads the package from its source
  });

  it.each(translations)("%s has the headings, programs and outputs of its original", (page) => {
    const outline = (name: string) =>
      readFileSync(join(root, name), "utf8")
        .replace(/^```[\s\S]*?^```$/gm, "")
        .match(/^#+ /gm);
    const programsOf = (name: string) =>
      programs
        .filter((p) => p.page === name)
        .map(({ code, env, output }) => ({ code: withoutComments(code), env, output }));
    expect(outline(page)).toEqual(outline(originalOf(page)));
    expect(programsOf(page)).toEqual(programsOf(originalOf(page)));
  });

  it.each(["docs/differences.md", "docs/differences.ko.md"])(
    "%s tells of every trace that differs on purpose",
    async (page) => {
      const text = readFileSync(join(root, page), "utf8");
      // By a computed name: what the package's build can see of this import, it would build too.
      const { CASES } = (await import(join(root, "conformance", "differences.ts"))) as {
        CASES: Record<string, string>;
      };
      expect(Object.keys(CASES).filter((id) => !text.includes(id))).toEqual([]);
    },
  );

  it.each(pages)("%s has links that lead somewhere", (page) => {
    const links = [...proseOf(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, target = "", anchor]) => {
      const path = target === "" ? page : relative(root, join(root, dirname(page), target));
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && path.endsWith(".md") && !anchorsOf(path).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

/** A page without its programs. */
const proseOf = (page: string): string => readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```$/gm, "");

/** Those of its headings, as GitHub makes them. */
const anchorsOf = (page: string): string[] =>
  [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
      .replaceAll(" ", "-"),
  );

const withoutComments = (code: string): string => code.replace(/ *\/\/.*/g, "");

/** On the page, and at the same place of its translation. */
function replaceOutput(program: Program, printed: string): void {
  const index = programs.filter((p) => p.page === program.page).indexOf(program);
  for (const page of [program.page, ...translations.filter((t) => originalOf(t) === program.page)]) {
    const path = join(root, page);
    let at = -1;
    const text = readFileSync(path, "utf8").replace(BLOCK, (block, _info, _code, output?: string) => {
      at++;
      if (at !== index || output === undefined) return block;
      return block.replace(/^```text\n[\s\S]*?^```$/m, () => `\`\`\`text\n${printed}\`\`\``);
    });
    writeFileSync(path, text);
  }
}
