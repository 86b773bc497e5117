// The conformance run on the lean build, with its short names (`npm test -- lean`). The interpreter and the package are
// bundled into one file, for a lean package exchanges nothing with another copy.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { define, minify } from "../packages/tsyncio/lean.config.ts";
import { newerNode, root, run } from "./lib/bootstrap.mjs";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-lean-"));
const file = join(folder, "conformance.mjs");
try {
  const build = await rolldown({
    input: join(root, "conformance", "cli.ts"),
    cwd: root,
    platform: "node",
    tsconfig: join(root, "tsconfig.json"),
    resolve: { conditionNames: ["source", "import", "default"] },
    transform: { target: "es2022", define },
  });
  await build.write({ file, format: "esm", minify, codeSplitting: false });
  await build.close();
  const cases = ["basic.jsonl", "random.jsonl.gz"].map((name) => join(root, "conformance", "cases", name));
  process.exitCode = await run(newerNode, [file, ...cases]);
} finally {
  rmSync(folder, { recursive: true });
}
