// npm test -- linters: what other compilers and linters say of programs with tsyncio, as it is published (dist). The
// compilers must accept the type tests; of a line in the programs of this folder the linters must report what its
// comment names, and nothing else.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const here = import.meta.dirname;
const programs = readdirSync(here).filter((name) => name.endsWith(".ts"));
let failed = false;

const compilers = { "TypeScript 5.9": "typescript-5.9", "TypeScript 6": "typescript" };
const projects = { "native syntax": "native", generators: "generators", "the declarations": "declarations" };
for (const [compiler, folder] of Object.entries(compilers)) {
  for (const [what, project] of Object.entries(projects)) {
    const { status, stdout } = start([`${folder}/bin/tsc`, "-p", `tsconfig.${project}.json`]);
    say(`${compiler}: ${what}`, status === 0 ? [] : stdout.trimEnd().split("\n"));
  }
}

const linters = {
  "ESLint 10": () => eslint("eslint"),
  "ESLint 9": () => eslint("eslint-9"),
  oxlint: () =>
    JSON.parse(
      start(["oxlint/bin/oxlint", "-c", "oxlint.json", "--type-aware", "-f", "json", "."]).stdout,
    ).diagnostics.map((found) => ({
      file: found.filename,
      line: found.labels[0].span.line,
      rule: found.code.replace(/^typescript\((.*)\)$/, "$1").replace(/^tsyncio\((.*)\)$/, "tsyncio/$1"),
    })),
};
const expected = programs.flatMap((file) => marksOf(file)).sort();
for (const [linter, lint] of Object.entries(linters)) {
  const reported = [...new Set(lint().map(({ file, line, rule }) => `${file}:${line} ${rule}`))].sort();
  say(`${linter}: ${reported.length} findings`, [
    ...expected.filter((mark) => !reported.includes(mark)).map((mark) => `does not report ${mark}`),
    ...reported.filter((mark) => !expected.includes(mark)).map((mark) => `reports ${mark}`),
  ]);
}
process.exitCode = failed ? 1 : 0;

/** `file:line rule` for each rule that the comment at the end of a line names. */
function marksOf(file) {
  const lines = readFileSync(join(here, file), "utf8").split("\n");
  return lines.flatMap((line, i) => {
    const names = / \/\/ ((?:tsyncio\/[a-z-]+|(?:no|await)-[a-z-]+)(?: [a-z/-]+)*)$/.exec(line)?.[1].split(" ") ?? [];
    return names.map((name) => `${file}:${i + 1} ${name}`);
  });
}

function eslint(folder) {
  const { stdout, stderr } = start([`${folder}/bin/eslint.js`, "--format", "json", "."]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout).flatMap(({ filePath, messages }) =>
    messages.map(({ line, ruleId, message }) => ({
      file: basename(filePath),
      line,
      rule: (ruleId ?? message).replace(/^@typescript-eslint\//, ""),
    })),
  );
}

function start([program, ...args]) {
  return spawnSync(process.execPath, [join(here, "node_modules", program), ...args], { cwd: here, encoding: "utf8" });
}

function say(what, problems) {
  failed ||= problems.length > 0;
  console.log(`${problems.length === 0 ? "✓" : "✗"} ${what}`);
  for (const problem of problems) console.log(`  ${problem}`);
}
