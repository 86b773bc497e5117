// npm test -- playground: the types, the build, and the page in Chromium. Screenshots go to .cache/playground.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import { capture, root } from "../../scripts/lib/bootstrap.mjs";
import { isThere, program, withChromium } from "../../scripts/lib/chromium.mjs";
import * as parsers from "./parsers.mjs";
import { Playground } from "./playground.mjs";
import * as programs from "./programs.mjs";
import * as running from "./running.mjs";
import * as sandbox from "./sandbox.mjs";
import { withServer } from "./served.mjs";
import * as types from "./types.mjs";
import * as using from "./using.mjs";

if (!isThere) {
  console.error(`${program} is not there. Install Debian's package chromium, or set CHROMIUM to its path.`);
  process.exit(1);
}
const here = join(import.meta.dirname, "..");
const shots = join(root, ".cache", "playground");
rmSync(shots, { recursive: true, force: true });
mkdirSync(shots, { recursive: true });

for (const project of [here, join(here, "programs")]) {
  const { code, output } = await capture("tsc", ["--noEmit", "-p", project], { cwd: root });
  if (code === 0) continue;
  console.error(output);
  process.exit(1);
}
await build({ configFile: join(here, "vite.config.ts"), configLoader: "native", logLevel: "error" });

const wanted = process.argv.slice(2);
let [passed, failed] = [0, 0];
await withServer((server) =>
  withChromium(async (open) => {
    const playground = await Playground.open(open, server.url);
    await playground.page.viewport(1280, 900);
    const context = { playground, open, ...server, shot: (name) => join(shots, `${name}.png`) };
    for (const [name, test] of Object.entries({
      ...parsers,
      ...programs,
      ...running,
      ...using,
      ...types,
      ...sandbox,
    })) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const began = performance.now();
      try {
        await test(context);
        passed++;
        console.log(`✓ ${name} ${(performance.now() - began).toFixed(0)} ms`);
      } catch (error) {
        failed++;
        console.log(`✗ ${name}\n${error.stack.slice(0, 3000)}`);
      }
    }
  }),
);
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
