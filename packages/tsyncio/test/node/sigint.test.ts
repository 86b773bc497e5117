import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeOptions } from "./children.ts";

const program = fileURLToPath(new URL("programs/sigint.ts", import.meta.url));

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  lines: string[];
}

/** Starts the program, interrupts it each time it says "ready" or "again", and returns how it ended. */
function interrupted(name: string): Promise<Ended> {
  const child = spawn(process.execPath, [...nodeOptions, "--no-warnings", program, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    const asked = text.match(/^(ready|again)$/gm)?.length ?? 0;
    for (; seen < asked; seen++) child.kill("SIGINT");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, lines: text.trim().split("\n") }));
  });
}

describe("SIGINT during run()", () => {
  it("cancels the main task: its finally blocks run, waits and all, and run() throws KeyboardInterrupt", async () => {
    expect(await interrupted("cleanup")).toEqual({
      code: 0,
      signal: null,
      lines: ["ready", "finally, after a wait", "error: KeyboardInterrupt, listeners: 0"],
    });
  });

  it("ends the other tasks too, by the cleanup of run()", async () => {
    const { lines } = await interrupted("children");
    expect(lines).toEqual(["ready", "child cleaned up", "error: KeyboardInterrupt, listeners: 0"]);
  });

  it("reaches a main task that never rests", async () => {
    expect((await interrupted("busy")).lines).toEqual(["ready", "error: KeyboardInterrupt, listeners: 0"]);
  });

  it("swallowed by the main task lets run() return normally", async () => {
    expect((await interrupted("swallows")).lines).toEqual(["ready", "result: swallowed"]);
  });

  it("answered by another exception returns that exception", async () => {
    expect((await interrupted("throws")).lines).toEqual(["ready", "error: TypeError, listeners: 0"]);
  });

  it("is no KeyboardInterrupt where another task has cancelled the main task too", async () => {
    expect((await interrupted("cancelledToo")).lines).toEqual(["ready", "error: CancelledError, listeners: 0"]);
  });

  it("a second time kills the process at once", async () => {
    expect(await interrupted("hangs")).toEqual({ code: null, signal: "SIGINT", lines: ["ready", "again"] });
  });

  it("is left to the program where it listens itself", async () => {
    expect((await interrupted("handled")).lines).toEqual([
      "ready",
      "the program's own listener",
      "result: undisturbed",
    ]);
  });
});
