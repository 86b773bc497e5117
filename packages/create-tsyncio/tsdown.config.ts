import { defineConfig } from "tsdown";

export default defineConfig({
  tsconfig: "tsconfig.build.json",
  format: "esm",
  platform: "node",
  target: "es2022",
  entry: { cli: "src/cli.ts" },
  fixedExtension: false,
  publint: { strict: true },
});
