// npm test -- lint: biome over all files, and the rules of eslint-plugin-tsyncio, run by oxlint, over the programs.
import { capture } from "./lib/bootstrap.mjs";

const linters = [
  ["biome", ["check", "--error-on-warnings"]],
  ["oxlint", ["--report-unused-disable-directives"]],
];
for (const { code, output } of await Promise.all(linters.map(([linter, args]) => capture(linter, args)))) {
  if (code === 0) continue;
  console.log(output.trimEnd());
  process.exitCode = 1;
}
