// Decorated async methods, by the decorators of ECMAScript and by TypeScript's older ones, as esbuild lowers them.
import { transformSync } from "esbuild";
import { run } from "tsyncio";
import * as runtime from "tsyncio/native";
import { transform } from "tsyncio-transform";
import { describe, expect, it } from "vitest";

const METHODS = `
  @log async m(x) { log.seen.push(await x, this.n); return x; }
  @log static async s() { return "s"; }
  @log async *g() { yield 1; }
  n = 1;
`;

/** What a module exports, after the compiler and esbuild. */
function load<T>(code: string, legacy: boolean): T {
  const compiled = transform(`"use tsyncio";${code}`, { filename: "a.ts", sourceType: "commonjs" })?.code ?? "";
  const options = {
    loader: "ts",
    target: "es2022",
    tsconfigRaw: { compilerOptions: { experimentalDecorators: legacy } },
  } as const;
  const module = { exports: {} as T };
  new Function("require", "module", transformSync(compiled, options).code)(() => runtime, module);
  return module.exports;
}

describe("a decorated async method", () => {
  it.each([
    ["standard", "const log = Object.assign((method) => { log.seen.push(method); }, { seen: [] });"],
    ["legacy", "const log = Object.assign((target, key, { value }) => { log.seen.push(value); }, { seen: [] });"],
  ] as const)("is a coroutine function when its decorator sees it: %s", async (kind, decorator) => {
    const { A, log } = load<{
      A: { new (): { m(x: number): Promise<number>; g(): AsyncGenerator<number> }; s(): Promise<string> };
      log: { seen: unknown[] };
    }>(`${decorator}\nclass A {${METHODS}}\nmodule.exports = { A, log };`, kind === "legacy");
    const kinds = (log.seen.splice(0) as { name: string; prototype: object }[]).map(({ name, prototype }) => {
      if (prototype === runtime.coroutinePrototype) return `${name}: coroutine`;
      return prototype === runtime.generatorPrototype ? `${name}: generator` : name;
    });
    expect(kinds.sort()).toEqual(["g: generator", "m: coroutine", "s: coroutine"]);
    expect(await run(new A().m(2) as never)).toBe(2);
    expect(await A.s()).toBe("s");
    expect(log.seen).toEqual([2, 1]);
    for await (const one of new A().g()) expect(one).toBe(1);
  });

  it("may be replaced by what its decorator returns", async () => {
    const { A } = load<{ A: new () => { m(x: number): Promise<number> } }>(
      "const twice = (method) => async function (...args) { return 2 * (await method.apply(this, args)); };\n" +
        "class A { @twice async m(x) { return x; } }\nmodule.exports = { A };",
      false,
    );
    expect(await new A().m(4)).toBe(8);
  });
});
