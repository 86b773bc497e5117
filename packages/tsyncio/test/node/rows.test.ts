import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const tests = fileURLToPath(new URL("..", import.meta.url));
/** The semantics of asyncio that are most easily got wrong, by number; 55 to 58 are about sockets and processes. */
const rows = [...Array.from({ length: 54 }, (_, i) => i + 1), 59, 60];

it("each row of the list of semantics has a test with its number in the name", () => {
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts"));
  const found = new Set<number>();
  for (const file of files) {
    for (const [, row] of readFileSync(`${tests}/${file}`, "utf8").matchAll(/\[(\d+)\]["`]/g)) found.add(Number(row));
  }
  expect(rows.filter((row) => !found.has(row))).toEqual([]);
});
