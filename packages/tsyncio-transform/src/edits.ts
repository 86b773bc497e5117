/** The text of the module and the changes to it. Packed, every operation keeps the number of lines. */

import { MagicString, type SourceMap } from "magic-string";
import type { Node } from "./ast/nodes.ts";
import { pack, type Style } from "./style.ts";

export class Edits {
  readonly code: string;
  private readonly style: Style;
  private readonly text: MagicString;

  constructor(code: string, style: Style) {
    this.code = code;
    this.style = style;
    this.text = new MagicString(code);
  }

  /** Opens something before a node. Outer nodes do so before those inside of them. */
  before(node: Node, text: string): void {
    this.text.appendRight(node.start, this.styled(text));
  }

  /** Closes behind a node what stands before it. Outer nodes do so after those inside of them. */
  after(node: Node, text: string): void {
    this.text.appendLeft(node.end, this.styled(text));
  }

  wrap(node: Node, [open, close]: readonly [string, string], inside: () => void): void {
    this.before(node, open);
    inside();
    this.after(node, close);
  }

  /** Inserts at an offset, before everything else that was put there. */
  insertFirst(offset: number, text: string): void {
    if (text !== "") this.text.prependLeft(offset, this.styled(text));
  }

  /** Inserts at an offset, behind everything that ends there. */
  insertLast(offset: number, text: string): void {
    if (text !== "") this.text.appendLeft(offset, this.styled(text));
  }

  /** Puts `text` in the place of what is there, and blanks out the rest, so that what follows keeps line and column. */
  replace(from: number, to: number, text: string): void {
    if (this.style === "readable") {
      if (text === "") this.text.remove(from, to);
      else this.text.update(from, to, text);
      return;
    }
    const packed = pack(text);
    const old = this.code.slice(from, to).replace(/\S/g, " ");
    const firstLine = /^[^\r\n]*/.exec(old)?.[0].length ?? 0;
    this.text.update(from, to, packed + old.slice(Math.min(packed.length, firstLine)));
  }

  /** Moves a node's text, with all that was put around and into it, behind the character before `to`. */
  move(node: Node, to: number): void {
    this.text.move(node.start, node.end, to);
  }

  /** What ends a line at this offset: nothing, where the line ends anyway. */
  lineEnd(offset: number): string {
    return /^[ \t]*\r?\n/.test(this.code.slice(offset, offset + 100)) ? "" : "\n";
  }

  private styled(text: string): string {
    return this.style === "packed" ? pack(text) : text;
  }

  sliceOf(node: Node): string {
    return this.code.slice(node.start, node.end);
  }

  /** The offset behind the token, which must be the next one after white space and comments. */
  behind(token: string, from: number): number {
    const at = this.skipBlanks(from);
    if (!this.code.startsWith(token, at)) throw new Error(`expected "${token}" at offset ${at}`);
    return at + token.length;
  }

  /** The offset of the next token. */
  skipBlanks(from: number): number {
    BLANKS.lastIndex = from;
    BLANKS.exec(this.code);
    return BLANKS.lastIndex;
  }

  toString(): string {
    return this.text.toString();
  }

  map(filename: string): SourceMap {
    return this.text.generateMap({ hires: "boundary", includeContent: true, source: filename });
  }
}

const BLANKS = /(?:\s|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*/y;
