/**
 * Indents code by its brackets. The lines are those that the code has; what is inside of texts and comments stays as it
 * is.
 */

import { parseSync } from "oxc-parser";
import { eachChild, type Node } from "./ast/nodes.ts";

export function layOut(code: string, filename: string): string {
  const { program, comments } = parseSync(filename, code);
  const masked = mask(code, textsIn(program), comments);
  const unit = /^(?:\t| {2,})(?=\S)/m.exec(masked)?.[0] ?? "  ";
  const brackets = new Brackets();
  const lines: string[] = [];
  let offset = 0;
  let above = "";
  for (const line of masked.split("\n")) {
    const blank = /^\s*/.exec(line)?.[0].length ?? 0;
    const shape = line.slice(blank).trimEnd();
    const text = code.slice(offset + blank, offset + blank + shape.length);
    const depth = brackets.enter(shape, above);
    // No empty lines at the ends of a block: there the compiler has written.
    if (shape.startsWith("}")) while (lines.at(-1) === "") lines.pop();
    if (shape !== "") lines.push(indentComment(unit.repeat(depth) + narrow(text, shape), unit.repeat(depth)));
    else if (!/[{(]$/.test(lines.at(-1) ?? "{") && lines.at(-1) !== "") lines.push("");
    offset += line.length + 1;
    if (shape !== "" && !shape.startsWith(COMMENT)) above = shape;
  }
  return `${lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}

/** Stand for the characters of texts and of comments, and for their line breaks. */
const TEXT = "\uE000";
const COMMENT = "\uE001";
const BREAK = "\uE002";

interface Range {
  readonly start: number;
  readonly end: number;
}

function mask(code: string, texts: readonly Range[], comments: readonly Range[]): string {
  const characters = code.split("");
  const cover = (ranges: readonly Range[], by: string) => {
    for (const { start, end } of ranges) {
      for (let at = start; at < end; at++) characters[at] = characters[at] === "\n" ? BREAK : by;
    }
  };
  cover(texts, TEXT);
  cover(comments, COMMENT);
  return characters.join("");
}

function textsIn(node: Node): Range[] {
  const ranges: Range[] = [];
  const walk = (one: Node): void => {
    if (one.type === "Literal" || one.type === "TemplateElement" || one.type === "JSXText") ranges.push(one);
    eachChild(one, walk);
  };
  walk(node);
  return ranges;
}

/** One space where the compiler left many. */
function narrow(text: string, shape: string): string {
  let narrowed = "";
  for (let at = 0; at < text.length; at++) {
    if (shape[at] === " " && shape[at - 1] === " ") continue;
    narrowed += text[at];
  }
  return narrowed;
}

/** The lines of a comment in stars follow its first one. */
function indentComment(text: string, indent: string): string {
  return text.trimStart().startsWith("/*") ? text.replace(/\n[ \t]*\*/g, `\n${indent} *`) : text;
}

interface Bracket {
  /** The line that opens it: of those that open on one line only one indents. */
  readonly line: number;
  /** Inside of a `case`. */
  inCase: boolean;
}

class Brackets {
  private readonly open: Bracket[] = [];
  private lines = 0;

  /** The depth of a line, whose brackets count from then on. */
  enter(line: string, above: string): number {
    let rest = line;
    const closed = new Set<number | undefined>();
    while (/^[)\]}]/.test(rest)) {
      closed.add(this.open.pop()?.line);
      rest = rest.slice(1).trimStart();
    }
    const top = this.open.at(-1);
    const isCase = /^(?:case\b|default\s*:)/.test(line);
    if (isCase && top !== undefined) top.inCase = false;
    const depth = this.depthWithout(closed) + (continues(line, above) ? 1 : 0);
    if (isCase && top !== undefined) top.inCase = true;

    this.lines += 1;
    for (const character of rest) {
      if ("([{".includes(character)) this.open.push({ line: this.lines, inCase: false });
      else if (")]}".includes(character)) this.open.pop();
    }
    return depth;
  }

  private depthWithout(closed: ReadonlySet<number | undefined>): number {
    const indenting = new Set(this.open.map(({ line }) => line).filter((line) => !closed.has(line)));
    return indenting.size + this.open.filter(({ inCase }) => inCase).length;
  }
}

/**
 * True if the line goes on with an expression of the line above, or is the one statement of its `if`, `else` or loop.
 */
function continues(line: string, above: string): boolean {
  return (
    /^(?:\.(?!\.)|\?|:|&&|\|\|)/.test(line) ||
    /(?:[^=!<>]=|=>|&&|\|\||\?\?|\+|\belse)$/.test(above) ||
    /^(?:\} )?(?:else )?(?:if|for|while)\b.*\)$/.test(above)
  );
}
