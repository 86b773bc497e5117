// npm run prose [FILE…]: the words of comments, strings and documents, by the list in scripts/lib/words.mjs.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import { root } from "./lib/bootstrap.mjs";
import { allowed, english, korean, skipped } from "./lib/words.mjs";

const COLUMNS = 120;
const CODE = /\.(?:[cm]?[jt]s|tsx)$/;
const all = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
});
const wanted = process.argv.slice(2).map((file) => file.replaceAll("\\", "/"));
const files = all
  .split("\n")
  .filter((file) => CODE.test(file) || file.endsWith(".md"))
  .filter((file) => !skipped.some(({ path }) => file.startsWith(path)) && existsSync(join(root, file)))
  .filter((file) => wanted.length === 0 || wanted.some((path) => file.startsWith(path)));

const used = new Set();
let hits = 0;
for (const file of files) {
  const source = readFileSync(join(root, file), "utf8");
  const { prose, long } = file.endsWith(".md") ? document(source) : program(file, source);
  const found = long.map((offset) => ({ offset, phrase: `over ${COLUMNS} columns`, advice: "wrap the comment" }));
  for (const { phrase, advice } of file.endsWith(".ko.md") ? korean : english) {
    for (const match of prose.matchAll(phrase)) {
      if (!isAllowed(file, source, match)) found.push({ offset: match.index, phrase: `“${match[0]}”`, advice });
    }
  }
  hits += found.length;
  for (const { offset, phrase, advice } of found.sort((a, b) => a.offset - b.offset)) {
    console.log(`${file}:${source.slice(0, offset).split("\n").length}  ${phrase.replace(/\s+/g, " ")}: ${advice}`);
  }
}
const stale = wanted.length === 0 ? allowed.filter((exception) => !used.has(exception)) : [];
for (const { text, why } of stale) {
  console.log(`scripts/lib/words.mjs  the exception “${text}” (${why}) excuses nothing: remove it`);
}
console.log(`${files.length} files, ${hits} phrases to replace`);
if (hits + stale.length > 0) process.exitCode = 1;

/** True if an exception of the list covers the match: its text is there around the match. */
function isAllowed(file, source, match) {
  const end = match.index + match[0].length;
  for (const exception of allowed) {
    if (exception.file !== undefined && !file.startsWith(exception.file)) continue;
    const from = source.lastIndexOf(exception.text, match.index);
    if (from < 0 || from + exception.text.length < end) continue;
    used.add(exception);
    return true;
  }
  return false;
}

/** The source with everything blanked out except comments and strings, each character at its own offset. */
function program(file, source) {
  const blank = [...source.replace(/[^\n]/g, "\0")].join("");
  const pieces = [];
  const { program, comments } = parseSync(file, source, { sourceType: "module" });
  const keep = ({ start, end }) => pieces.push([start, end, source.slice(start, end)]);
  new Visitor({
    Literal: (node) => typeof node.value === "string" && keep(node),
    TemplateElement: keep,
    JSXText: keep,
  }).visit(program);
  const long = [];
  for (const { start, end } of comments) {
    const text = source.slice(start, end);
    pieces.push([
      start,
      end,
      text.replace(/(?<=^|\n)\s*(?:\/\/+|\/\*+|\*(?!\/))/g, (lead) => lead.replace(/\S/g, " ")),
    ]);
    for (const [first, last] of linesOf(source, start, end)) if (last - first > COLUMNS) long.push(first);
  }
  pieces.sort((a, b) => a[0] - b[0]);
  let prose = "";
  for (const [start, end, text] of pieces) {
    const gap = source.slice(prose.length, start);
    // What stands between two line comments is part of one text.
    prose += /\S/.test(gap) ? blank.slice(prose.length, start) : gap;
    prose += text;
    if (prose.length !== end) throw new Error(`${file}: overlapping pieces at ${start}`);
  }
  return { prose, long };
}

function* linesOf(source, start, end) {
  for (let first = source.lastIndexOf("\n", start - 1) + 1; first < end; ) {
    const newline = source.indexOf("\n", first);
    const last = newline < 0 ? source.length : newline;
    yield [first, last];
    first = last + 1;
  }
}

/** The document with its code, its addresses and its marks blanked out. */
function document(source) {
  const blanked = (text) => text.replace(/[^\n]/g, "\0");
  const prose = source
    .replace(/^( *)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\2 *$/gm, blanked)
    .replace(/<!--[\s\S]*?-->/g, blanked)
    .replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, blanked)
    .replace(/(?<=\])\([^)\s]*\)|https?:\/\/[^\s)>]*/g, blanked);
  return { prose, long: [] };
}
