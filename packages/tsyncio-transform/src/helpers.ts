/** The helpers that the output imports from `tsyncio/native`, under short names that the module does not use. */

import type { Style } from "./style.ts";

/**
 * Export → short name. The names and what they mean are a versioned contract: output of old versions must go on
 * running.
 */
const SHORT = {
  coroutinePrototype: "P",
  generatorPrototype: "G",
  coroutineFunction: "c",
  generatorFunction: "g",
  boundFunction: "b",
  methods: "m",
  objectMethods: "o",
  privateMethod: "C",
  privateGenerator: "D",
  propertyKey: "k",
  awaited: "a",
  adopted: "r",
  delegate: "d",
  Iteration: "I",
  Scope: "S",
  guard: "x",
  dropped: "s",
  handedOver: "w",
  handedOverHere: "W",
  lazy: "u",
  chained: "h",
} as const;

export type Helper = keyof typeof SHORT;

const SOURCE = "tsyncio/native";

/** What variables of the output are called when people read it. */
const WORDS: { readonly [letter: string]: string } = {
  i: "items",
  e: "error",
  s: "scope",
  n: "outer",
  k: "key",
  t: "target",
  r: "registered",
};

export class Helpers {
  private readonly style: Style;
  private readonly code: string;
  private readonly prefix: string;
  private readonly used = new Set<Helper>();
  private usesType = false;
  private made = 0;

  constructor(code: string, style: Style) {
    this.style = style;
    this.code = code;
    let prefix = "$";
    while (new RegExp(`${prefix.replaceAll("$", "\\$")}[a-zA-Z]\\d*(?![\\w$])`).test(code)) prefix += "$";
    this.prefix = prefix;
  }

  /** The name of a helper, which is imported from now on. */
  use(helper: Helper): string {
    this.used.add(helper);
    return this.nameOf(helper);
  }

  private nameOf(helper: Helper): string {
    if (this.style === "packed") return this.prefix + SHORT[helper];
    const name = helper === "coroutineFunction" ? "coroutine" : helper;
    return this.isTaken(name) ? `${this.prefix}${name}` : name;
  }

  private isTaken(name: string): boolean {
    return new RegExp(`(?<![\\w$])${name}(?![\\w$])`).test(this.code);
  }

  /** A name of its own for a variable. */
  fresh(letter: string): string {
    this.made += 1;
    if (this.style === "packed") return `${this.prefix}${letter}${this.made}`;
    const name = `${WORDS[letter] ?? letter}${this.made}`;
    return this.isTaken(name) ? `${this.prefix}${name}` : name;
  }

  /** The type `Coroutine` is imported from now on. */
  useType(): void {
    this.usesType = true;
  }

  /** The statements that bring in all that was used. */
  import(sourceType: "module" | "commonjs"): string {
    if (this.used.size === 0) return "";
    const names = (as: string): string => {
      const list = [...this.used].map((helper) => [...new Set([helper, this.nameOf(helper)])].join(as));
      return list.length > 4 ? `{\n${list.join(",\n")}\n}` : `{ ${list.join(", ")} }`;
    };
    const type = this.usesType && !this.isTaken("Coroutine") ? 'import type { Coroutine } from "tsyncio";\n' : "";
    return sourceType === "module"
      ? `${type}import ${names(" as ")} from "${SOURCE}";\n`
      : `const ${names(": ")} = require("${SOURCE}");\n`;
  }
}
