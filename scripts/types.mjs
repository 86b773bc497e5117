// npm test -- types: the compiler over all programs, and over those in native syntax, which have types of
// their own, and over pages for browsers. What it found is kept in .cache/types: it checks again what has changed.
import { join } from "node:path";
import { capture, root } from "./lib/bootstrap.mjs";

const projects = [
  "tsconfig.json",
  "tsconfig.native.json",
  "examples/react/tsconfig.json",
  "packages/tsyncio-transform/test/pages/tsconfig.json",
];
const runs = projects.map((project) => {
  const kept = join(root, ".cache", "types", `${project.replaceAll("/", "-")}.tsbuildinfo`);
  return capture("tsc", ["--noEmit", "-p", project, "--incremental", "--tsBuildInfoFile", kept], { cwd: root });
});
for (const { code, output } of await Promise.all(runs)) {
  if (code === 0) continue;
  console.log(output.trimEnd());
  process.exitCode = 1;
}
