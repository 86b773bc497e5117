/** What a program prints. */

import { format } from "node-inspect-extracted";
import * as tsyncio from "tsyncio";
import { errorText } from "../../../packages/tsyncio/src/diagnostics/errorText.ts";
import { type Level, TEXT_LIMIT } from "../protocol.ts";
import { CompileError } from "./compile.ts";
import type { Tell } from "./main.ts";

/**
 * How many texts, and how many characters in all, a program may print: one in an endless loop must not fill the memory.
 */
const TEXTS = 2000;
const CHARACTERS = 500_000;

const LEVELS = {
  log: "log",
  info: "log",
  debug: "log",
  dir: "log",
  table: "log",
  warn: "warn",
  error: "error",
} as const;

export class Printer {
  /** Nothing is printed. */
  muted = false;
  private readonly tell: Tell;
  private texts = 0;
  private characters = 0;

  constructor(tell: Tell) {
    this.tell = tell;
  }

  /** The methods of `console` print here, too. */
  takeConsole(): void {
    for (const [method, level] of Object.entries(LEVELS)) {
      const print = (...values: unknown[]): void => this.print(level, shown(values));
      Object.defineProperty(console, method, { value: print, configurable: true, writable: true });
    }
  }

  /** At `line` of the program; by default, that of an error is read off its stack. */
  print(level: Level, text: string, line: number | null = level === "error" ? lineOf(text) : null): void {
    if (this.muted || this.texts > TEXTS) return;
    this.texts++;
    this.characters += text.length;
    if (this.texts > TEXTS || this.characters > CHARACTERS) {
      this.texts = TEXTS + 1;
      this.tell({ type: "output", level: "warn", text: "The program prints too much: no more is shown.", line: null });
    } else this.tell({ type: "output", level, text: cut(text), line });
  }

  /** What the program, or its compilation, has thrown. */
  printError(error: unknown): void {
    if (error instanceof CompileError) this.print("error", `SyntaxError: ${error.message}`, error.line);
    else this.print("error", error instanceof Error ? textOf(error) : `thrown: ${shown([error])}`);
  }
}

export function cut(text: string): string {
  return text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT - 1)}…`;
}

/** As Node's console shows them. */
function shown(values: readonly unknown[]): string {
  try {
    return format(...values.map((value) => (value instanceof Error || isOurs(value) ? textOf(value) : value)));
  } catch {
    return "<a value that cannot be shown>"; // a getter or a proxy has thrown
  }
}

/** With the frames that are the program's, unless the message has all, as that of a `DeadlockError`. */
export function textOf(value: unknown): string {
  if (!(value instanceof Error)) return String(value);
  return value.stack === String(value) ? value.stack : errorText(value);
}

const CLASSES = Object.values(tsyncio).filter((value) => typeof value === "function" && value.prototype !== undefined);

/** Tasks, locks and their like say in one line what they are; what is inside of them would fill the page. */
function isOurs(value: unknown): boolean {
  return typeof value === "object" && CLASSES.some((known) => value instanceof (known as new () => object));
}

/** The first line of the program that a stack names. */
function lineOf(text: string): number | null {
  const found = /\bprogram\.ts:(\d+)/.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
