// The worker compiles with acorn, behind sucrase, what everything else compiles with oxc-parser: both must write the
// same.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { transform as stripTypes } from "sucrase";
import { root } from "../../scripts/lib/bootstrap.mjs";

const { isMarked, transform } = await import("../../packages/tsyncio-transform/src/index.ts");
const { parseSync } = await import("../src/worker/parser.ts");

/** Files with enough of the language in them. */
const PATTERNS = [
  "examples/**/*.ts",
  "bugs/**/*.ts",
  "playground/programs/*.ts",
  "packages/tsyncio/test/native/**/*.ts",
  "packages/tsyncio/test/node/native/**/*.ts",
];

export async function bothParsersCompileTheSame() {
  const names = PATTERNS.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted();
  let count = 0;
  for (const name of names) {
    const text = readFileSync(join(root, name), "utf8");
    if (!isMarked(text)) continue;
    const filename = "program.ts";
    const options = { transforms: ["typescript"], disableESTransforms: true, filePath: filename };
    const { code } = stripTypes(text, options);
    assert.equal(code.split("\n").length, text.split("\n").length, `${name}: lines have moved`);
    const [ours, other] = [transform(code, { filename, parse: parseSync }), transform(code, { filename })];
    assert.equal(ours?.code, other?.code, name);
    assert.deepEqual(ours?.warnings, other?.warnings, name);
    count++;
  }
  assert.ok(count > 50, `only ${count} files are marked`);
}
