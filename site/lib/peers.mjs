/**
 * The programs of docs/why.md that compare: they need the other libraries, which bench/ has, and must print what the
 * page says.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capture, ensureInstalled, newerNode } from "../../scripts/lib/bootstrap.mjs";

const PROGRAM = /^```ts peers\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm;
const PAGES = ["docs/why.md", "docs/why.ko.md"];

/** What differs, as texts. With TSYNCIO_UPDATE_DOCS the pages get what was printed. */
export async function comparePeers(root) {
  await ensureInstalled(join(root, "bench"), "the peers");
  const folder = join(root, "bench", ".cache", `peers-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const problems = [];
  try {
    for (const page of PAGES) {
      let text = readFileSync(join(root, page), "utf8");
      for (const [block, code, output] of text.matchAll(PROGRAM)) {
        const file = join(folder, "main.ts");
        writeFileSync(file, code);
        const { output: printed } = await capture(newerNode, [file], { cwd: folder });
        if (printed === output) continue;
        if (process.env.TSYNCIO_UPDATE_DOCS === undefined) problems.push(`${page}: a program prints\n${printed}`);
        text = text.replace(block, () => block.replace(/^```text\n[\s\S]*$/m, () => `\`\`\`text\n${printed}\`\`\``));
      }
      if (process.env.TSYNCIO_UPDATE_DOCS !== undefined) writeFileSync(join(root, page), text);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return problems;
}
