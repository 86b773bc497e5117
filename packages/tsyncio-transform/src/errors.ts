/** What cannot be compiled, and what should be looked at. */

/** A place in a file, as editors count: lines and columns begin with 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where the lines of a text begin. */
export class Lines {
  private readonly starts: number[] = [0];

  constructor(code: string) {
    for (let at = code.indexOf("\n"); at !== -1; at = code.indexOf("\n", at + 1)) this.starts.push(at + 1);
  }

  placeOf(offset: number): Place {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }
}

/** The module cannot be compiled. The message begins with the place: `file:line:column: …`. */
export class TransformError extends SyntaxError {
  override readonly name = "TransformError";
  readonly filename: string;
  readonly line: number;
  readonly column: number;

  constructor(message: string, filename: string, code: string, offset: number) {
    const { line, column } = new Lines(code).placeOf(offset);
    super(`${filename}:${line}:${column}: ${message}`);
    this.filename = filename;
    this.line = line;
    this.column = column;
  }
}

/** What the module means is probably not what its author means. */
export interface Warning extends Place {
  readonly rule: "guarded-catch" | "unlinked-chain" | "promise-combinator" | "lost-coroutine";
  readonly message: string;
}
