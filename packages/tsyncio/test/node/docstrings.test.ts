/**
 * The examples in the docstrings of public names: each compiles, with the names of the package it is from, and with
 * those of docstrings/names.ts for what stands for the user's own. `…` is code that is left out.
 */

import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { compilerErrors } from "./compiling.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
// Inside the repository, so that the examples find the packages.
const folder = join(root, ".cache", `docstrings-${process.pid}`);

/** The entry point that a source file belongs to; the first that fits. */
const ENTRIES: readonly (readonly [folder: string, entry: string])[] = [
  ["tsyncio-cluster/src/testing", "tsyncio-cluster/testing"],
  ["tsyncio-cluster/src", "tsyncio-cluster"],
  ["tsyncio-transform/src", "tsyncio-transform"],
  ["tsyncio/src/executors", "tsyncio/executors"],
  ["tsyncio/src/httpClient", "tsyncio/http-client"],
  ["tsyncio/src/httpServer", "tsyncio/http-server"],
  ["tsyncio/src/net", "tsyncio/net"],
  ["tsyncio/src/otel", "tsyncio/otel"],
  ["tsyncio/src/pg", "tsyncio/pg"],
  ["tsyncio/src/react", "tsyncio/react"],
  ["tsyncio/src/testing/runners/node", "tsyncio/testing/node"],
  ["tsyncio/src/testing/runners/vitest", "tsyncio/testing/vitest"],
  ["tsyncio/src/testing", "tsyncio/testing"],
  ["tsyncio/src/websocket", "tsyncio/websocket"],
  ["tsyncio/src", "tsyncio"],
];
/** Where the other names of an example come from. */
const SHARED = ["tsyncio", "tsyncio/net", "tsyncio/executors", "tsyncio/testing", "tsyncio-cluster"];
/** Stand-ins for one file or folder, where a name means something else than elsewhere. */
const OWN_NAMES: readonly (readonly [folder: string, declarations: string])[] = [
  ["tsyncio-transform/src", "declare const source: string; declare function write(code: string, map: unknown): void;"],
  ["tsyncio/src/pg", "declare const pool: Pool; declare const connection: Connection;"],
  ["tsyncio/src/websocket/broadcast", "declare const server: WebSocketServer;"],
  ["tsyncio/src/websocket", "declare const connection: Connection;"],
];
/** In what a program prints: branches of a tree. */
const OUTPUT = /^[├└│]/;
const DECLARATION = /^(export )?(?:declare |abstract |async )*(?:function|class|const|interface|type)\*? (\w+)/;

interface Example {
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** A block of lines that are four columns further in, as in Markdown. */
function examplesOf(file: string): Example[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/^( *)\/\*\*\n([\s\S]*?)\*\/\n/gm)].flatMap(
    ({ index, 0: all, 1: indent = "", 2: body = "" }) => {
      const after = text.slice(index + all.length);
      if (indent === "" ? !isPublic(after) : !isMember(text.slice(0, index))) return [];
      const first = text.slice(0, index).split("\n").length + 1;
      const lines = body.split("\n").map((line) => line.replace(/^ *\*(?: |$)/, ""));
      const blocks: Example[] = [];
      for (let i = 0; i < lines.length; i++) {
        const from = i;
        while (/^ {4}/.test(lines[i] ?? "")) i++;
        if (i > from) {
          const code = lines.slice(from, i).map((line) => line.slice(4));
          if (code.some((line) => OUTPUT.test(line))) continue;
          blocks.push({ file, line: first + from, code: code.join("\n") });
        }
      }
      return blocks;
    },
  );
}

/** Whether the declaration that begins the text is exported, there or by a list. */
function isPublic(text: string): boolean {
  const found = DECLARATION.exec(text.replace(/^(?:\/\/.*\n)*/, ""));
  return found !== null && published.has(found[2] as string);
}

/** Whether the text ends in a public class. */
function isMember(text: string): boolean {
  const found = [...text.matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm)].at(-1);
  return found !== undefined && published.has(found[1] as string);
}

const entries = [...new Set(ENTRIES.map(([, entry]) => entry))];
const namesOf = new Map<string, string[]>();
for (const entry of entries) namesOf.set(entry, Object.keys(await import(entry)));
const published = new Set([...namesOf.values()].flat());

const examples = globSync("packages/*/src/**/*.ts", { cwd: root })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => !file.startsWith("packages/create-tsyncio/"))
  .sort()
  .flatMap(examplesOf);

function entryOf(file: string): string {
  return ENTRIES.find(([folder]) => file.startsWith(`packages/${folder}`))?.[1] as string;
}

/** A module with the example in it. Its lines stay together, behind what it needs. */
function moduleOf({ file, code }: Example): { text: string; native: boolean } {
  const own = OWN_NAMES.find(([folder]) => file.startsWith(`packages/${folder}`))?.[1] ?? "";
  const declared = new Set(
    [...code.matchAll(/^(?:export )?(?:const|let|function\*?) (\w+)/gm)].map(([, name]) => name),
  );
  const imported = new Set([...code.matchAll(/^import \{ (.*) \}/gm)].flatMap(([, names = ""]) => names.split(", ")));
  const words = new Set([...`${code} ${own}`.matchAll(/(?<![.\w])[A-Za-z]\w*/g)].map(([word]) => word));
  const imports: string[] = [];
  for (const entry of [entryOf(file), ...SHARED]) {
    const names = (namesOf.get(entry) ?? []).filter((name) => words.delete(name));
    const wanted = names.filter((name) => !declared.has(name) && !imported.has(name));
    if (wanted.length > 0) imports.push(`import { ${wanted.join(", ")} } from "${entry}";`);
  }
  const native = /\bawait\b/.test(code) && !/^ *import /m.test(code);
  const whole = code.replaceAll("…", "{}");
  const isModule = /^(?:import|export) /m.test(code);
  const body = isModule ? whole : `export ${native ? "async function" : "function*"} example() {\n${whole}\n}`;
  const head = [native ? '"use tsyncio";' : "", ...imports, own, 'import "./names.ts";'].join(" ");
  return { text: `${head}\n${body}\n`, native };
}

describe("examples of docstrings", () => {
  mkdirSync(folder, { recursive: true });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(import.meta.dirname, "docstrings", "names.ts"), join(folder, "names.ts"));
  writeFileSync(join(folder, "config.d.ts"), "export const port: number;\n");
  const modules = examples.map((example, i) => {
    const { text, native } = moduleOf(example);
    const file = `${i}.${/\/>;$/m.test(example.code) ? "tsx" : "ts"}`;
    writeFileSync(join(folder, file), text);
    return { ...example, module: file, native };
  });

  it("are found", () => {
    expect(examples.length).toBeGreaterThan(85);
  });

  it.each([
    ["generators", ["node"], false],
    ["native syntax", ["node", "tsyncio/native/types"], true],
  ])(
    "compile with %s",
    async (name, types, native) => {
      const files = modules.filter((module) => module.native === native).map(({ module }) => module);
      const where = (file: string): string => {
        const found = modules.find(({ module }) => module === file);
        return found === undefined ? file : `${found.file}, example of line ${found.line}`;
      };
      expect(await compilerErrors(folder, name, { types, jsx: "react-jsx" }, files, where)).toBe("");
    },
    300_000,
  ); // the compiler reads the sources of all packages
});
