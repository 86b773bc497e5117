// The examples of subprocesses, as programs of their own.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeOptions } from "../../packages/tsyncio/test/node/children.ts";

const options = [...nodeOptions, "--import=tsyncio-transform/register"];

function printed(name: string): Promise<string> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...options, file], (error, stdout, stderr) =>
      error === null && stderr === "" ? resolve(stdout) : reject(error ?? new Error(stderr)),
    );
  });
}

describe("examples of subprocesses", () => {
  it("subprocess.ts runs programs at the same time, and kills the one that takes too long", async () => {
    expect(await printed("subprocess.ts")).toBe(
      [
        "echo hello → exit 0: hello",
        "sort -r → exit 0: b, a",
        "sh -c echo half; echo problem >&2; exit 3 → exit 3: half, problem",
        "sleep 60 → took too long, killed",
        "no-such-program → not there (ENOENT)",
        "",
      ].join("\n"),
    );
  });

  it("pipeline.ts passes bytes from program to program", async () => {
    expect(await printed("pipeline.ts")).toBe(`${counted()}\nexit 0\nexit 0\nexit 0\n`);
  });
});

/** The same, counted here. */
function counted(): string {
  const lines = Array.from({ length: 200_000 }, (_, i) => `${i + 1}\n`);
  const sevens = lines.filter((line) => line.includes("7"));
  return `${lines.join("").length} bytes of numbers, ${sevens.join("").length} bytes with a 7, in ${sevens.length} lines`;
}
