import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeOptions } from "./children.ts";

const program = fileURLToPath(new URL("programs/deadlock.ts", import.meta.url));

interface Ended {
  code: number;
  out: string;
  report: string[];
}

/** Runs the program to its end, which must come by itself. */
function ended(name: string): Promise<Ended> {
  const args = [...nodeOptions, "--no-warnings", program, name];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 120_000 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : -1;
      // Without the branches of the tree. Node puts an error without a stack of its own in brackets.
      const report = stderr
        .split("\n")
        .map((line) => line.replace(/^\[(?=DeadlockError)/, "").replace(/^[ │├└─]+(?=\S)/, ""));
      resolve({
        code,
        out: stdout,
        report: report.slice(report.findIndex((line) => line.startsWith("DeadlockError:"))),
      });
    });
  });
}

describe("a process with a deadlock ends with a report, and neither hangs nor leaves silently", () => {
  it("two locks taken in two orders: with the circle, after the finally blocks", async () => {
    const { code, out, report } = await ended("locks");
    expect(code).toBe(1);
    expect(out).toBe("cleaned up\ncleaned up\n");
    expect(report[0]).toBe("DeadlockError: nothing can wake the event loop any more: 3 tasks waiting forever");
    expect(report).toContain("Task-1 waits for gather of 2, 2 not done: Task-2, Task-3");
    expect(report).toContain("Task-2 waits for acquire of <Lock [locked, waiters:1]>, held by Task-3");
    expect(report).toContain("╭─> Task-2 waits for acquire of <Lock [locked, waiters:1]>, held by Task-3");
    expect(report).toContain("Task-3 waits for acquire of <Lock [locked, waiters:1]>, held by Task-2");
    expect(report.filter((line) => /^at transfer \(.*deadlock\.ts:\d+:\d+\)\]?$/.test(line)).length).toBe(2);
  });

  it("two tasks that await each other", async () => {
    const { code, report } = await ended("tasks");
    expect(code).toBe(1);
    expect(report).toContain('b waits for <Task pending name="a" waitsFor=<Task b>>');
    expect(report.filter((line) => /^at awaits \(/.test(line)).length).toBe(2);
  });

  it.each([
    ["queue", /^consumer waits for get from <Queue/],
    ["event", /^Task-1 waits for set of <Event/],
    ["promise", /^Task-1 waits for a promise$/],
  ])("a wait for what never happens: %s", async (name, text) => {
    const { code, out, report } = await ended(name);
    expect([code, out]).toEqual([1, ""]);
    expect(report.filter((line) => text.test(line)).length).toBe(1);
  });
});
