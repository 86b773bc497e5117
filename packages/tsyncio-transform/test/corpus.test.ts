// Real sources with the directive put in front: no line moves, most columns stay, and what comes out can be parsed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { transform } from "tsyncio-transform";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Folders with much asynchronous code, in TypeScript and as it is published. */
const folders = [
  "packages/tsyncio/src",
  "packages/tsyncio-transform/src",
  "examples",
  "node_modules/hono/dist",
  "node_modules/fastify/lib",
  "node_modules/pg/lib",
  "node_modules/@hono/node-server/dist",
  "node_modules/vitest/dist",
  "node_modules/tsdown/dist",
];

describe.each(folders)("the sources of %s", (folder) => {
  it("keep their lines and most of their columns", () => {
    let words = 0;
    let moved = 0;
    for (const { filename, source } of sourcesIn(join(root, folder))) {
      const code = `"use tsyncio";${source}`;
      const sourceType = sourceTypeFor(filename, code);
      if (sourceType === null) continue;
      const made = transform(code, { filename, sourceType })?.code ?? "";
      expect(sourceTypeFor(filename, made), `${filename} parses`).toBe(sourceType);
      const before = code.split("\n").slice(1);
      const after = made.split("\n").slice(1);
      expect(after.length, filename).toBe(before.length);
      before.forEach((line, index) => {
        for (const { 0: word, index: column } of line.matchAll(/[A-Za-z_]\w{2,}/g)) {
          if (/^(?:async|await|function|yield|using)$/.test(word)) continue;
          words += 1;
          if (!after[index]?.startsWith(word, column)) moved += 1;
        }
      });
    }
    expect(words).toBeGreaterThan(0);
    expect(1 - moved / words).toBeGreaterThan(0.8);
  });
});

function* sourcesIn(folder: string): Iterable<{ filename: string; source: string }> {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!/\.(?:[cm]?js|ts|tsx)$/.test(name) || name.endsWith(".d.ts") || /node_modules/.test(name)) continue;
    const filename = join(folder, name);
    const source = readFileSync(filename, "utf8").replace(/^#!.*/, "");
    if (/\basync\b/.test(source) && source.length < 300_000) yield { filename, source };
  }
}

function sourceTypeFor(filename: string, code: string): "module" | "commonjs" | null {
  const lang = filename.endsWith("ts") ? "ts" : "jsx";
  for (const sourceType of ["module", "commonjs"] as const) {
    if (parseSync(filename, code, { lang, sourceType }).errors.length === 0) return sourceType;
  }
  return null;
}
