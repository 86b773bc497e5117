/** How the lean build is made, for tsdown and for what measures and proves it: see src/kernel/lean.ts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("src", import.meta.url));
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

/** For rolldown's `transform`. */
export const define = { "globalThis.TSYNCIO_LEAN": JSON.stringify(version) };

/** The fields of the record in src/kernel/state.ts and of frames, which no program sees either. */
const RECORD = [
  ["suspended", "probe", "runningLoop", "eventLoop", "currentTask", "scope", "blockedOn", "innermost", "outermost"],
  ["depth", "probed", "instrument", "ambient", "onCancel", "makeExecutor", "taskCount", "loops", "unbegun"],
].flat();

/**
 * For rolldown's `minify`. The runtime's own properties, those that begin with `_` and RECORD, get short names: no other
 * tool can tell them from those that a program uses. They begin with `_`, so as not to meet what subclasses define.
 */
export const minify = {
  compress: true,
  mangle: false,
  mangleProps: { include: new RegExp(`^_|^(${RECORD.join("|")})$`), quoted: true, cache: shortNames() },
  codegen: { removeWhitespace: false },
};

/** The same names for the same source: the most frequent ones are the shortest. */
function shortNames(): Record<string, string> {
  const counts = new Map<string, number>();
  for (const entry of readdirSync(src, { recursive: true, encoding: "utf8" }).sort()) {
    if (!entry.endsWith(".ts")) continue;
    for (const [name] of readFileSync(join(src, entry), "utf8").matchAll(
      new RegExp(`\\b_[a-zA-Z]\\w*|(?<=\\.)(${RECORD.join("|")})\\b`, "g"),
    )) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const names = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return Object.fromEntries(names.map(([name], i) => [name, short(i)]));
}

function short(i: number): string {
  const last = LETTERS[i % LETTERS.length];
  return i < LETTERS.length ? `_${last}` : `${short(Math.floor(i / LETTERS.length) - 1)}${last}`;
}
