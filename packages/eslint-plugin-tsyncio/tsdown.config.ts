import { defineConfig } from "tsdown";

export default defineConfig({
  tsconfig: "tsconfig.build.json",
  format: "esm",
  platform: "node",
  target: "es2022",
  entry: { index: "src/index.ts" },
  dts: true,
  sourcemap: true,
  fixedExtension: false,
  publint: { strict: true },
  attw: { profile: "esm-only", level: "error" },
});
