/** The text of the module and the changes to it. Every operation keeps the number of lines. */

import { MagicString, type SourceMap } from "magic-string";
import type { Node } from "./ast/nodes.ts";

export class Edits {
  readonly code: string;
  private readonly text: MagicString;

  constructor(code: string) {
    this.code = code;
    this.text = new MagicString(code);
  }

  /** Opens something before a node. Outer nodes do so before those inside of them. */
  before(node: Node, text: string): void {
    this.text.appendRight(node.start, text);
  }

  /** Closes behind a node what stands before it. Outer nodes do so after those inside of them. */
  after(node: Node, text: string): void {
    this.text.appendLeft(node.end, text);
  }

  wrap(node: Node, [open, close]: readonly [string, string], inside: () => void): void {
    this.before(node, open);
    inside();
    this.after(node, close);
  }

  /** Inserts at an offset, before everything else that was put there. */
  insertFirst(offset: number, text: string): void {
    if (text !== "") this.text.prependLeft(offset, text);
  }

  /** Inserts at an offset, behind everything that ends there. */
  insertLast(offset: number, text: string): void {
    if (text !== "") this.text.appendLeft(offset, text);
  }

  /** Puts `text` in the place of what is there, and blanks out the rest, so that what follows keeps line and column. */
  replace(from: number, to: number, text: string): void {
    const old = this.code.slice(from, to).replace(/\S/g, " ");
    const firstLine = /^[^\r\n]*/.exec(old)?.[0].length ?? 0;
    this.text.update(from, to, text + old.slice(Math.min(text.length, firstLine)));
  }

  /** Moves a node's text, with all that was put around and into it. */
  move(node: Node, to: number): void {
    this.text.move(node.start, node.end, to);
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
