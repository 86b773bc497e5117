// The tables in the READMEs and docs that scripts write: each stands between <!-- NAME --> and <!-- /NAME -->.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bootstrap.mjs";

/** The READMEs and the language of each. */
export const READMES = { en: "README.md", ko: "README.ko.md" };

/** A markdown table; the first row is its head. */
export function markdownTable([head, ...rows]) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The text of `file` with `table` in its place. Throws if the file has no such place. */
function withTable(file, name, table) {
  const text = readFileSync(join(root, file), "utf8");
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(open);
  const to = text.indexOf(close);
  if (from < 0 || to < from) throw new Error(`${file} has no ${open} … ${close}`);
  return { text, changed: `${text.slice(0, from + open.length)}\n\n${table}\n\n${text.slice(to)}` };
}

/** Puts `tables[language]` into each of the files, the READMEs, and names those that it has changed. */
export function writeTables(name, tables, files = READMES) {
  const changed = differingTables(name, tables, files);
  for (const [language, file] of Object.entries(files)) {
    if (changed.includes(file)) writeFileSync(join(root, file), withTable(file, name, tables[language]).changed);
  }
  return changed;
}

/** The files, the READMEs, whose table is another one. */
export function differingTables(name, tables, files = READMES) {
  return Object.entries(files)
    .filter(([language, file]) => {
      const { text, changed } = withTable(file, name, tables[language]);
      return text !== changed;
    })
    .map(([, file]) => file);
}
