import { defineConfig } from "tsdown";

export default defineConfig({
  tsconfig: "tsconfig.build.json",
  format: "esm",
  platform: "node",
  target: "es2022",
  // One line an entry point; package.json's `exports` needs the same name.
  entry: {
    index: "src/index.ts",
    // The program `tsyncio-transform`.
    cli: "src/cli.ts",
    "repl/index": "src/repl/index.ts",
    "fronts/register": "src/fronts/register.ts",
    // What Node loads in the thread of its hooks: it is no export.
    "fronts/hooks": "src/fronts/hooks.ts",
    "fronts/bun": "src/fronts/bun.ts",
    "fronts/vite": "src/fronts/vite.ts",
    "fronts/rollup": "src/fronts/rollup.ts",
    "fronts/rolldown": "src/fronts/rolldown.ts",
    "fronts/esbuild": "src/fronts/esbuild.ts",
    "fronts/webpack": "src/fronts/webpack.ts",
    "fronts/rspack": "src/fronts/rspack.ts",
  },
  dts: true,
  sourcemap: true,
  fixedExtension: false,
  publint: { strict: true },
  attw: { profile: "esm-only", level: "error" },
});
