/** The lean build gives short names to some properties: none of them may be one that a program uses. */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { minify } from "../../lean.config.ts";

const src = fileURLToPath(new URL("../../src", import.meta.url));
const isShortened = (name: string): boolean => minify.mangleProps.include.test(name);
/** Where those of the kernel's record are declared, and the folders that the lean build does not have. */
const own = ["kernel/state.ts", "kernel/frame.ts", "net/", "executors/", "testing/", "runners/"];

test("no option, and no public property, has a name that the lean build shortens", () => {
  const found: string[] = [];
  for (const entry of readdirSync(src, { recursive: true, encoding: "utf8" })) {
    const path = entry.split(sep).join("/");
    if (!path.endsWith(".ts") || own.some((start) => path.startsWith(start))) continue;
    const text = readFileSync(join(src, entry), "utf8");
    for (const [, name = ""] of text.matchAll(/^ {2}(?:readonly )?(\w+)\??(?:: |\()/gm)) {
      if (isShortened(name) && !name.startsWith("_")) found.push(`${path}: ${name}`);
    }
  }
  expect(found).toEqual([]);
  expect([isShortened("currentTask"), isShortened("_state"), isShortened("depth")]).toEqual([true, true, false]);
});
