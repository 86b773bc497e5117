import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { nodeOptions } from "./children.ts";

const program = fileURLToPath(new URL("programs/neverAwaited.ts", import.meta.url));

async function output(debug: boolean): Promise<string[]> {
  const args = [...nodeOptions, "--no-warnings", "--expose-gc", program];
  const env = { ...process.env, TSYNCIO_DEBUG: debug ? "1" : "" };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

const quiet = [
  "yield*",
  "a task",
  "gather of two",
  "this of me",
  "later",
  "save 1 true true",
  "end of main",
  "awaited natively native",
];
const report = (where: string) =>
  `coroutine save() was never awaited. Write yield* save(…), or createTask(save(…)). ${where}`;

describe("a coroutine made by coroutine() and never awaited", () => {
  it("is reported with TSYNCIO_DEBUG=1: when it is collected, and at the latest when the loop closes", async () => {
    const lines = await output(true);
    expect(lines.filter((line) => !line.startsWith("coroutine "))).toEqual(quiet);
    // The collector has no order of its own.
    const collected = lines.slice(0, lines.indexOf("end of main")).filter((line) => line.startsWith("coroutine "));
    expect(collected.sort()).toEqual([report("Keeper"), report("forgets")]);
    expect(lines.slice(lines.indexOf("end of main")).filter((line) => line.startsWith("coroutine "))).toEqual([
      report("main"),
    ]);
  });

  it("is not reported without debug mode", async () => {
    expect(await output(false)).toEqual(quiet);
  });
});
