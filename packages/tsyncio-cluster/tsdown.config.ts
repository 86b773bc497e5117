import { defineConfig } from "tsdown";

export default defineConfig({
  tsconfig: "tsconfig.build.json",
  format: "esm",
  platform: "node",
  target: "es2022",
  deps: { neverBundle: [/^tsyncio(?:\/|$)/] },
  // One line an entry point; package.json's `exports` needs the same name.
  entry: {
    index: "src/index.ts",
    testing: "src/testing.ts",
    // What `tsyncio worker` loads.
    "worker/program": "src/worker/program.ts",
    // What the threads and processes of a worker load: it is no export.
    "worker/runJob": "src/worker/runJob.ts",
  },
  dts: true,
  sourcemap: true,
  fixedExtension: false,
  publint: { strict: true },
  attw: { profile: "esm-only", level: "error" },
});
