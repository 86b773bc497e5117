import { build } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import { transform } from "tsyncio-transform";
import { describe, expect, it } from "vitest";

/** Every shape that a module can declare and not use. */
const library = `"use tsyncio";
export async function unused1() { await unused2(); }
async function unused2() { await unused2(); }
export const unused3 = async (x) => { await x; };
export const unused4 = async () => this.x;
export let unused5 = async () => { unused5 };
export async function* unused6() { yield 1; }
export const unused7 = { async m() {}, async default() {}, async [Symbol.asyncDispose]() {}, f: async () => {} };
export const unused8 = async function unused9() {};
export default async function () { return "unused10"; }
export async function used() { await used2(); }
const used2 = async () => "used2";
`;

const bundlers: { readonly [name: string]: (entry: string, modules: Modules) => Promise<string> } = {
  rollup: async (entry, modules) => {
    const bundle = await rollup({ input: entry, plugins: [plugin(modules)], onLog: () => {} });
    return (await bundle.generate({ format: "es" })).output[0].code;
  },
  rolldown: async (entry, modules) => {
    const bundle = await rolldown({ input: entry, plugins: [plugin(modules)] });
    return (await bundle.generate({ format: "esm" })).output[0].code;
  },
  esbuild: async (entry, modules) => {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      format: "esm",
      write: false,
      external: ["tsyncio/native"],
      plugins: [
        {
          name: "modules",
          setup({ onResolve, onLoad }) {
            onResolve({ filter: /^(?:entry|library)$/ }, ({ path }) => ({ path, namespace: "modules" }));
            onLoad({ filter: /.*/, namespace: "modules" }, ({ path }) => ({ contents: modules[path] ?? "" }));
          },
        },
      ],
    });
    return outputFiles[0]?.text ?? "";
  },
};

type Modules = { readonly [id: string]: string };

const plugin = (modules: Modules) => ({
  name: "modules",
  resolveId: (id: string) => (id in modules ? id : { id, external: true }),
  load: (id: string) => modules[id] ?? null,
});

describe.each(Object.keys(bundlers))("%s", (name) => {
  it("drops the async functions of a library that a program does not use", async () => {
    const compiled = transform(library, { filename: "library.js" })?.code ?? "";
    const entry = 'import { used } from "library"; console.log(used);';
    const bundle = await bundlers[name]?.("entry", { entry, library: compiled });
    expect(bundle).toContain("used2");
    expect(bundle).not.toContain("unused");
  });
});
