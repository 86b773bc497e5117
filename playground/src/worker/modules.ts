/** What programs may import. A worker resolves no bare name: each module becomes a URL. */

import * as tsyncio from "tsyncio";
import * as native from "tsyncio/native";
import * as testing from "tsyncio/testing";

type Namespace = Readonly<Record<string, unknown>>;

/** Programs are named so in stacks. */
export const PROGRAM = "program.ts";

export class Modules {
  private readonly all: ReadonlyMap<string, Namespace>;
  private readonly urls = new Map<string, string>();

  constructor(run: unknown) {
    this.all = new Map<string, Namespace>([
      ["tsyncio", { ...tsyncio, run }],
      ["tsyncio/native", { ...native }],
      ["tsyncio/testing", { ...testing }],
    ]);
  }

  /** What is wrong with importing `name` of that module; null for nothing. */
  refuse(specifier: string, name: string | null): string | null {
    const namespace = this.all.get(specifier);
    if (namespace === undefined) {
      return `the playground has no module "${specifier}": there are "tsyncio" and "tsyncio/testing"`;
    }
    if (name === null || Object.hasOwn(namespace, name)) return null;
    return `"${specifier}" has no export named ${name}`;
  }

  /** The URL to import instead of `specifier`. */
  resolve(specifier: string): string {
    const known = this.urls.get(specifier);
    if (known !== undefined) return known;
    const namespace = this.all.get(specifier) as Namespace;
    const key = Symbol.for(`playground ${specifier}`);
    Object.defineProperty(globalThis, key, { value: namespace });
    const names = Object.keys(namespace).filter((name) => name !== "default");
    const lines = names.map((name) => `export const ${name} = all.${name};`);
    const url = moduleUrl(`const all = globalThis[Symbol.for("playground ${specifier}")];\n${lines.join("\n")}`);
    this.urls.set(specifier, url);
    return url;
  }

  urlOf(program: string): string {
    return moduleUrl(`${program}\n//# sourceURL=${PROGRAM}`);
  }
}

function moduleUrl(code: string): string {
  return URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
}
