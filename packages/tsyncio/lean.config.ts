/** How the lean build is made, for tsdown and for what measures and proves it: see src/kernel/lean.ts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("src", import.meta.url));
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** For rolldown's `transform`. */
export const define = { "globalThis.TSYNCIO_LEAN": "true" };

/** The fields of the record in src/kernel/state.ts and of frames, which no program sees either: no option may be called so. */
const RECORD =
  "suspended|probe|runningLoop|eventLoop|currentTask|scope|blockedOn|innermost|outermost" +
  "|nesting|probed|instrument|ambient|onCancel|makeExecutor|taskCount|loops|unbegun";

/**
 * For rolldown's `minify`. The runtime's own properties, those that begin with `_` and RECORD, get short names: no other
 * tool can tell them from those that a program uses. They begin with `_`, so as not to meet what subclasses define.
 */
export const minify = {
  compress: true,
  mangle: false,
  mangleProps: { include: new RegExp(`^_|^(?:${RECORD})$`), quoted: true, cache: shortNames() },
  codegen: { removeWhitespace: false },
};

/** The same names for the same source. The most frequent ones are the shortest: those in the kernel, which all carry. */
function shortNames(): Record<string, string> {
  const name = new RegExp(`\\b_[a-zA-Z]\\w*|(?<=\\.)(?:${RECORD})\\b`, "g");
  const counts = new Map<string, number>();
  for (const entry of readdirSync(src, { recursive: true, encoding: "utf8" }).sort()) {
    if (!entry.endsWith(".ts")) continue;
    const weight = /^(kernel|host)\b/.test(entry) ? 1000 : 1;
    for (const [found] of readFileSync(join(src, entry), "utf8").matchAll(name)) {
      counts.set(found, (counts.get(found) ?? 0) + weight);
    }
  }
  const names = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return Object.fromEntries(names.map(([found], i) => [found, short(i)]));
}

function short(i: number): string {
  const last = LETTERS[i % LETTERS.length];
  return i < LETTERS.length ? `_${last}` : `${short(Math.floor(i / LETTERS.length) - 1)}${last}`;
}
