/** `tsyncio top` and `record` of programs whose workers run tsyncio, and whose main thread may be blocked. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { CLI, nodeOptions } from "../children.ts";
import { listens, type Printed, printed, Running, tsyncio } from "./support.ts";

const program = fileURLToPath(new URL("../programs/workersOnly.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tsyncio-workers-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** `top`, which is watched from one picture to the next. */
class Top implements AsyncDisposable {
  private readonly child: ChildProcess;
  private readonly ended: Promise<Printed>;
  private text = "";

  constructor(running: Running) {
    const options = [...nodeOptions, "--no-warnings", CLI, "top", String(running.pid), "--every", "0.1"];
    this.child = spawn(process.execPath, options);
    this.ended = printed(this.child);
    this.child.stdout?.on("data", (data) => {
      this.text += data;
    });
  }

  /** Resolves when the picture at the end is such a one. */
  async shows(pattern: RegExp): Promise<void> {
    for (;;) {
      const last = this.text.slice(this.text.lastIndexOf("process "));
      if (last.endsWith("\n\n") && pattern.test(last)) return;
      if (this.child.exitCode !== null) throw new Error(`it has ended: ${JSON.stringify(await this.ended)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGINT");
    expect(await this.ended).toMatchObject({ code: 0, stderr: "" });
  }
}

async function started(...args: string[]): Promise<Running> {
  const running = await Running.node(program, ...args);
  while (!running.stdout.includes("runs in 1")) await new Promise((resolve) => setTimeout(resolve, 5));
  return running;
}

describe.runIf(process.platform === "linux")("a program whose workers alone run tsyncio", () => {
  it("is shown by top: those that start later too, until they end", async () => {
    await using running = await started();
    await using top = new Top(running);
    await top.shows(/\nworker 1 \(shop\): 2 tasks .*\n[\s\S]* ticks in 1 waits for sleep\(0\.02\)/);
    expect(listens(running)).toBe(false);
    running.child.stdin?.write("start\n");
    await top.shows(/\nworker 1 \(shop\)\*: 2 tasks .*\nworker 2 \(shop\): 2 tasks/);
    running.child.stdin?.write("end\n");
    await top.shows(/\nworker 2 \(shop\): 2 tasks .*\n[\s\S]* ticks in 2 waits for/);
    running.child.stdin?.write("end\n");
    await top.shows(/tsyncio runs in none of its threads at present/);
    running.child.stdin?.write("start\n");
    await top.shows(/\nworker 3 \(shop\): 2 tasks/);
    expect(running.alive()).toBe(true);
  });

  it("is recorded: each worker from when it has started until it ends", async () => {
    await using running = await started();
    const file = join(folder, "workers.jsonl");
    const options = [...nodeOptions, "--no-warnings", CLI, "record", String(running.pid)];
    const child = spawn(process.execPath, [...options, "-o", file, "--seconds", "600"]);
    const ended = printed(child);
    const has = async (text: string): Promise<void> => {
      while (!existsSync(file) || !readFileSync(file, "utf8").includes(text)) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await has('"begins"');
    running.child.stdin?.write("start\n");
    await has("ticks in 2");
    await has('"thread":1');
    running.child.stdin?.write("end\n");
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
    const first = (await tsyncio("tree", file, "--at", "0")).stdout;
    expect(first).toMatch(/\nworker 1 \(shop\)\n[\s\S]*ticks in 1 waits for/);
    expect(first).not.toContain("worker 2");
    expect((await tsyncio("tree", file)).stdout).toMatch(/\nworker 2 \(shop\)\n[\s\S]*ticks in 2 waits for/);
    expect((await tsyncio("record", file, "-o", join(folder, "workers.pftrace"))).code).toBe(0);
    expect(running.alive()).toBe(true);
  });

  it("is shown and recorded while the main thread is blocked", async () => {
    await using running = await started();
    running.child.stdin?.write("block\n");
    const file = join(folder, "blocked.jsonl");
    expect(await tsyncio("record", String(running.pid), "-o", file, "--seconds", "0.2")).toMatchObject({ code: 0 });
    expect((await tsyncio("ps", file)).stdout).toContain("ticks in 1");
    await using top = new Top(running);
    await top.shows(/\nworker 1 \(shop\): 2 tasks/);
  });
});

describe.runIf(process.platform === "linux")(
  "a program that is blocked in its main thread, which runs tsyncio too",
  () => {
    it("is shown by top with the place, and with its workers", async () => {
      await using running = await started("too");
      running.child.stdin?.write("block\n");
      await using top = new Top(running);
      await top.shows(
        /\nmain\*: the loop is blocked\n +at block \(.*workersOnly\.ts:\d+:\d+\)\n[\s\S]*worker 1 \(shop\): 2 tasks/,
      );
    });

    it("is recorded without that thread, which is named", async () => {
      await using running = await started("too");
      running.child.stdin?.write("block\n");
      const file = join(folder, "without.jsonl");
      const { code, stdout } = await tsyncio("record", String(running.pid), "-o", file, "--seconds", "0.2");
      expect(code).toBe(0);
      expect(stdout).toMatch(/\nNot recorded: main: it is in the middle of running code, or its loop is blocked\.\n/);
      expect((await tsyncio("ps", file)).stdout).toContain("ticks in 1");
    });
  },
);
