import { defineConfig } from "tsdown";

export default defineConfig({
  // One line an entry point; package.json's `exports` needs the same name.
  entry: {
    index: "src/index.ts",
    "net/index": "src/net/index.ts",
  },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  dts: true,
  sourcemap: true,
  fixedExtension: false,
  // A minor release of these tools must not be able to break a release of ours silently.
  publint: { strict: true },
  attw: { profile: "esm-only", level: "error" },
});
