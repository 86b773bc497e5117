/** The helpers that the output imports from `tsyncio/native`, under short names that the module does not use. */

/** Export → short name. The names and what they mean are a versioned contract: output of old versions must go on running. */
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

export class Helpers {
  private readonly prefix: string;
  private readonly used = new Set<Helper>();
  private made = 0;

  constructor(code: string) {
    let prefix = "$";
    while (new RegExp(`${prefix.replaceAll("$", "\\$")}[a-zA-Z]\\d*(?![\\w$])`).test(code)) prefix += "$";
    this.prefix = prefix;
  }

  /** The name of a helper, which is imported from now on. */
  use(helper: Helper): string {
    this.used.add(helper);
    return this.prefix + SHORT[helper];
  }

  /** A name of its own for a variable. */
  fresh(letter: string): string {
    return `${this.prefix}${letter}${++this.made}`;
  }

  /** A name that stands for the same thing wherever it is used. */
  fixed(letter: string): string {
    return `${this.prefix}${letter}0`;
  }

  /** The statement that brings in all that was used. */
  import(sourceType: "module" | "commonjs"): string {
    if (this.used.size === 0) return "";
    const names = (between: string) =>
      [...this.used].map((helper) => `${helper}${between}${this.prefix}${SHORT[helper]}`).join(",");
    return sourceType === "module"
      ? `import{${names(" as ")}}from"${SOURCE}";`
      : `const{${names(":")}}=require("${SOURCE}");`;
  }
}
