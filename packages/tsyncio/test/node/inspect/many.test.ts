/** Looks at a process with a hundred thousand tasks, and at one with stacks of ten thousand frames. */

import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Report } from "../../../src/inspect/report.ts";
import { Running, tsyncio } from "./support.ts";

const program = fileURLToPath(new URL("../programs/manyTasks.ts", import.meta.url));

async function heapOf(running: Running): Promise<number> {
  const before = running.stdout.length;
  running.child.stdin?.write("heap?\n");
  for (;;) {
    const found = /heap (\d+)\n/.exec(running.stdout.slice(before));
    if (found !== null) return Number(found[1]);
    await once(running.child.stdout as NodeJS.ReadableStream, "data");
  }
}

describe.runIf(process.platform === "linux")("a process with a hundred thousand tasks", () => {
  it("is shown in a few lines by tree, tells its longest pause, and keeps nothing of a look", async () => {
    await using running = await Running.node("--expose-gc", program);
    await tsyncio("tree", String(running.pid)); // what is loaded once
    const before = await heapOf(running);
    const { code, stdout } = await tsyncio("tree", String(running.pid));
    expect(code).toBe(0);
    expect(stdout).toMatch(/100001 tasks; the longest pause was [\d.]+ ms/);
    expect(stdout).toMatch(/\(× 50000\) waits for set of <Event/);
    expect(stdout).toMatch(/\(× 50000\) waits for get from <Queue/);
    expect(stdout.split("\n").length).toBeLessThan(12);
    // A task costs a few hundred bytes: a look that kept something of each would show.
    expect((await heapOf(running)) - before).toBeLessThan(2_000_000);
  });

  it("is described in slices, each of them by itself a pause", async () => {
    await using running = await Running.node(program);
    const { stdout } = await tsyncio("ps", String(running.pid), "--json");
    const report = JSON.parse(stdout) as Report;
    expect(report.threads[0]?.tasks.length).toBe(100_001);
    expect(report.longestPause).toBeGreaterThan(0);
  });
});

const deep = fileURLToPath(new URL("../programs/deepStack.ts", import.meta.url));

describe.runIf(process.platform === "linux")("a task with ten thousand frames", () => {
  it("is described by its innermost frames, and says that there are more", async () => {
    await using running = await Running.node("--stack-size=4000", deep);
    const { code, stdout } = await tsyncio("ps", String(running.pid), "--json");
    expect(code).toBe(0);
    const [thread] = (JSON.parse(stdout) as Report).threads;
    const gap = { file: "", line: 0, column: 0 };
    for (const [name, leaf, left, last] of [
      ["flat", "flat", /^… 99\d\d coroutines between …$/, "flat"],
      ["plain", "plain", /^… more frames …$/, null],
      ["both", "plain", /^… more frames, and 9\d\d coroutines between …$/, "both"],
    ] as const) {
      const task = thread?.tasks.find((one) => one.name === name);
      const places = thread?.stacks[task?.stack as number] ?? [];
      expect(places[0]).toMatchObject({ name: leaf });
      expect(places.length).toBeGreaterThan(30);
      expect(places.length).toBeLessThan(300);
      const [cut] = places.filter(({ file }) => file === "");
      expect(cut).toEqual({ ...gap, name: expect.stringMatching(left) });
      expect(places.at(-1)?.name).toEqual(last ?? cut?.name);
    }
    expect((await tsyncio("tree", String(running.pid))).stdout).toMatch(/\n +at … 99\d\d coroutines between …\n/);
  });

  it("is described in the same way while it runs, deep in plain functions and in coroutines", async () => {
    await using running = await Running.node("--stack-size=4000", deep, "runs");
    const { code, stdout } = await tsyncio("ps", String(running.pid), "--json");
    expect(code).toBe(0);
    const [thread] = (JSON.parse(stdout) as Report).threads;
    expect(thread?.running[0]).toMatchObject({ name: "down" });
    expect(thread?.running.length).toBeLessThan(200);
    expect(thread?.running.at(-1)?.name).toBe("… more frames …");
    const task = thread?.tasks.find(({ state }) => state === "running");
    const places = thread?.stacks[task?.stack as number] ?? [];
    expect(places[0]).toMatchObject({ name: "down" });
    expect(places.at(-1)).toMatchObject({ name: "deep" });
    expect(places.length).toBeLessThan(300);
    expect(places.map(({ name }) => name)).toContainEqual(
      expect.stringMatching(/^… more frames, and 99\d\d coroutines between …$/),
    );
  });
});
