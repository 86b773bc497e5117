// The conformance run on the lean build, with its short names (`npm test -- lean`).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newerNode, root, run } from "./lib/bootstrap.mjs";
import { leanBundle } from "./lib/leanBundle.mjs";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-lean-"));
const file = join(folder, "conformance.mjs");
try {
  await leanBundle(file, { input: join(root, "conformance", "cli.ts"), platform: "node" });
  const cases = ["basic.jsonl", "random.jsonl.gz"].map((name) => join(root, "conformance", "cases", name));
  process.exitCode = await run(newerNode, [file, ...cases]);
} finally {
  rmSync(folder, { recursive: true });
}
