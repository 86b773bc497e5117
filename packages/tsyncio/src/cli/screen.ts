/**
 * Lines for people: coloured in a terminal, plain elsewhere. Rows are cut to its width; the rest is whole, since a
 * place at the end is what counts.
 */

import type { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { printable } from "../inspect/printable.ts";
import type { Kind } from "../inspect/tree.ts";
import { widthOf } from "../inspect/width.ts";

const COLOURS: Record<Kind, string> = {
  name: "\x1b[1m",
  frame: "\x1b[2m",
  circle: "\x1b[31m",
  branch: "\x1b[2m",
  cancelled: "\x1b[33m",
};
const RESET = "\x1b[0m";

export class Screen {
  private readonly stream: Pick<WriteStream, "write" | "isTTY" | "columns">;
  private readonly folder: string | null;
  private readonly colours: boolean;
  /** Whether it is a terminal that can be drawn anew; else what is shown follows what was shown before. */
  readonly redraws: boolean;

  /** Files below `folder` are shown without it. */
  constructor(stream: Pick<WriteStream, "write" | "isTTY" | "columns">, folder: string | null) {
    this.stream = stream;
    this.folder = printable(folder); // as it stands in the lines
    const { NO_COLOR = "", FORCE_COLOR = "", TERM } = process.env;
    this.redraws = stream.isTTY === true && TERM !== "dumb";
    const wanted = NO_COLOR === "" && this.redraws;
    this.colours = FORCE_COLOR === "" ? wanted : FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  }

  readonly paint = (kind: Kind, text: string): string => (this.colours ? `${COLOURS[kind]}${text}${RESET}` : text);

  write(lines: readonly string[]): void {
    this.stream.write(lines.map((line) => `${this.shorten(line)}\n`).join(""));
  }

  /** Rows of a table, or of a picture that must not grow. */
  writeRows(lines: readonly string[]): void {
    // A terminal that does not know its size has 0 columns.
    const columns = this.stream.isTTY ? this.stream.columns || 80 : Number.POSITIVE_INFINITY;
    const text = lines.map((line) => `${cutTo(this.shorten(line), columns)}\n`).join("");
    this.stream.write(text);
  }

  private shorten(line: string): string {
    return this.folder === null || this.folder === "/" ? line : line.replaceAll(`(${this.folder}/`, "(");
  }
}

/** `line` in at most `columns` columns; escape sequences take none. */
export function cutTo(line: string, columns: number): string {
  if (columns === Number.POSITIVE_INFINITY || widthOf(stripVTControlCharacters(line)) <= columns) return line;
  let width = 0;
  let cut = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of `paint`
  for (const [part] of line.matchAll(/\x1b\[\d*m|[\s\S]/gu)) {
    if (part.length > 1 && part.startsWith("\x1b")) cut += part;
    else if (width + widthOf(part) > columns - 1) return `${cut}…${line.includes("\x1b") ? RESET : ""}`;
    else {
      width += widthOf(part);
      cut += part;
    }
  }
  return cut;
}
