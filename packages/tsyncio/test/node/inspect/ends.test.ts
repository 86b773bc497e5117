/**
 * The commands are ended, or what they look into ends, at each of their stages: the inspector is closed again, the
 * instrument is gone, and the folder of the socket too.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { CLI, nodeOptions } from "../children.ts";
import { ENV, listens, type Printed, printed, Running, tsyncio } from "./support.ts";

const programs = new URL("../programs/", import.meta.url);
const [busy, hangs, phases, middle, longStep] = ["busy", "hangs", "phases", "endsInTheMiddle", "longStep"].map((name) =>
  fileURLToPath(new URL(`${name}.ts`, programs)),
) as [string, string, string, string, string];
const folder = mkdtempSync(join(tmpdir(), "tsyncio-ends-"));
afterAll(() => rmSync(folder, { recursive: true }));
let folders = 0;

/** A command whose sockets have a folder of their own, to see whether something is left in it. */
class Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Printed>;
  readonly temporary: string;

  constructor(...args: string[]) {
    this.temporary = join(folder, String(++folders));
    mkdirSync(this.temporary);
    const options = [...nodeOptions, "--no-warnings", CLI, ...args];
    this.child = spawn(process.execPath, options, { env: { ...ENV, TMPDIR: this.temporary } });
    this.ended = printed(this.child);
  }

  get leaves(): string[] {
    return readdirSync(this.temporary);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.child.exitCode !== null) await this.failed();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** It has printed something. */
  async prints(): Promise<void> {
    await Promise.race([once(this.child.stdout as NodeJS.ReadableStream, "data"), this.failed()]);
  }

  private async failed(): Promise<never> {
    throw new Error(`it has ended: ${JSON.stringify(await this.ended)}`);
  }
}

async function untilClosed(running: Running): Promise<void> {
  while (listens(running)) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What a command has done when it is ended. */
const STAGES: Record<string, (running: Running, command: Command) => Promise<void>> = {
  "has made its socket": (_, command) => command.until(() => command.leaves.length > 0),
  "has opened the inspector": (running, command) => command.until(() => running.stderr.includes("Debugger listening")),
  "has asked": (running, command) => command.until(() => running.stderr.includes("Debugger attached")),
};

describe.runIf(process.platform === "linux")("a command that is ended", () => {
  const commands = [["top"], ["record", "-o", join(folder, "ended.jsonl")]];
  const cases = commands.flatMap(([name = "", ...options]) =>
    Object.entries(STAGES).flatMap(([stage, until]) =>
      (stage === "has asked" ? (["SIGINT", "SIGTERM", "SIGHUP"] as const) : (["SIGINT"] as const)).map((signal) => ({
        name,
        stage,
        signal,
        until,
        options,
      })),
    ),
  );

  it.each(cases)("$name by $signal when it $stage leaves nothing behind", async ({ name, signal, until, options }) => {
    await using running = await Running.node(hangs, "emptyQueue");
    const command = new Command(name, String(running.pid), ...options);
    await until(running, command);
    command.child.kill(signal);
    const { code, stderr } = await command.ended;
    expect([0, 130]).toContain(code); // it may have got further
    expect(stderr).toBe("");
    expect(command.leaves).toEqual([]);
    await untilClosed(running);
    expect(running.alive()).toBe(true);
  });

  it("ends in the same way while it waits for a loop that is blocked", async () => {
    await using running = await Running.node(hangs, "blockedLoop");
    const command = new Command("top", String(running.pid));
    await command.until(() => command.leaves.length > 0 && running.stderr.includes("Debugger attached"));
    command.child.kill("SIGINT");
    expect(await command.ended).toEqual({ code: 130, stdout: "", stderr: "" });
    expect(command.leaves).toEqual([]);
    await untilClosed(running);
  });

  it("leaves no empty file where there was none, and what was in one that was there", async () => {
    const [fresh, old] = [join(folder, "fresh.jsonl"), join(folder, "old.jsonl")];
    writeFileSync(old, "what was there");
    for (const file of [fresh, old]) {
      await using running = await Running.node(hangs, "blockedLoop");
      const command = new Command("record", String(running.pid), "-o", file);
      await command.until(() => running.stderr.includes("Debugger attached"));
      command.child.kill("SIGINT");
      expect((await command.ended).code).toBe(130);
    }
    expect(existsSync(fresh)).toBe(false);
    expect(readFileSync(old, "utf8")).toBe("what was there");
  });

  it("leaves no inspector open behind a step that goes on longer", async () => {
    const file = join(folder, "goes-on");
    await using running = await Running.node(longStep, file);
    expect((await tsyncio("ps", String(running.pid))).stdout).toContain("longStep.ts");
    writeFileSync(file, "");
    while (!running.stdout.includes("goes on")) await once(running.child.stdout as NodeJS.ReadableStream, "data");
    await untilClosed(running);
  });

  it("ends quietly when the reader of its output has gone", async () => {
    await using running = await Running.node(busy);
    const command = new Command("top", String(running.pid), "--every", "0.05");
    await command.prints();
    command.child.stdout?.destroy();
    const { code, stderr } = await command.ended;
    expect({ code, stderr }).toEqual({ code: 141, stderr: "" });
    expect(command.leaves).toEqual([]);
    await untilClosed(running);
    expect(running.alive()).toBe(true);
  });

  it("ends quietly in the middle of a long output", async () => {
    const file = join(folder, "long.json");
    const name = "a task with a name of some length";
    const nothing = {
      on: [],
      via: "task",
      awaitedBy: [],
      cancelling: 0,
      stack: -1,
      loop: 0,
      state: "new",
      waitsFor: null,
    };
    const tasks = Array.from({ length: 10_000 }, (_, i) => ({ id: i + 1, name: `${name} ${i}`, ...nothing }));
    const thread = { format: 1, name: "main", loops: [], tasks, stacks: [], running: [] };
    const rest = { format: 1, pid: 1, runtime: "", at: "", folder: null, longestPause: 0, notes: [] };
    writeFileSync(file, JSON.stringify({ ...rest, threads: [thread] }));
    for (const args of [
      ["ps", file],
      ["ps", file, "--json"],
    ]) {
      const options = [...nodeOptions, "--no-warnings", CLI, ...args];
      // More than a pipe holds, to a program that takes one byte: this one may be handed all before it can stop.
      const line = `"$0" "$@" | head -c 1 >/dev/null; exit "\${PIPESTATUS[0]}"`;
      const child = spawn("bash", ["-c", line, process.execPath, ...options], { env: ENV });
      expect(await printed(child)).toMatchObject({ code: 141, stderr: "" });
    }
  });
});

describe.runIf(process.platform === "linux")("a process that ends", () => {
  it.each([
    ["top", "hello"],
    ["top", "stats"],
    ["top", "head"],
    ["top", "slice"],
    ["record", "hello"],
    ["record", "slice"],
  ])("in the middle of a message that it sends for %s: %s", async (name, word) => {
    await using running = await Running.node(middle, word);
    const file = join(folder, `middle-${word}.jsonl`);
    const command = new Command(name, String(running.pid), ...(name === "record" ? ["-o", file] : []));
    const { code, stderr } = await command.ended;
    expect([0, 1]).toContain(code);
    if (code === 1) expect(stderr).toMatch(/^tsyncio: process \d+ .*(?:ended meanwhile|does not answer)[^\n]*\n$/);
    else expect(stderr).toBe("");
    expect(command.leaves).toEqual([]);
  });

  it("while it is recorded: the recording has what happened until then", async () => {
    const file = join(folder, "killed.jsonl");
    await using running = await Running.node(phases);
    const command = new Command("record", String(running.pid), "-o", file, "--seconds", "600");
    const has = (text: string): boolean => existsSync(file) && readFileSync(file, "utf8").includes(text);
    await command.until(() => has('"begins"'));
    running.child.stdin?.write("second\n");
    await command.until(() => has('"second phase"'));
    running.child.kill("SIGKILL");
    expect(await command.ended).toMatchObject({ code: 0, stderr: "" });
    expect((await tsyncio("tree", file)).stdout).toContain("second phase");
    expect(command.leaves).toEqual([]);
  });
});

describe.runIf(process.platform === "linux")("the file that is written", () => {
  it.each(["dump", "record"])("is tried by %s before the process is looked into", async (name) => {
    await using running = await Running.node(hangs, "emptyQueue");
    for (const path of [folder, join(folder, "no", "such.json"), "/proc/1/new.json"]) {
      const { code, stdout, stderr } = await tsyncio(name, String(running.pid), "-o", path);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^tsyncio: ".*" cannot be written: E/);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
    expect(running.stderr).toBe("");
  });

  it("is for its owner alone, even if it was there, and keeps what was in it until there is more", async () => {
    const file = join(folder, "open.json");
    writeFileSync(file, "before", { mode: 0o644 });
    chmodSync(file, 0o644);
    expect((await tsyncio("dump", String(process.pid + 1e6), "-o", file)).code).toBe(1);
    expect(readFileSync(file, "utf8")).toBe("before");
    await using running = await Running.node(hangs, "emptyQueue");
    expect((await tsyncio("dump", String(running.pid), "-o", file)).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, "utf8")).pid).toBe(running.pid);
  });

  it("may be full: the recording says so", async () => {
    await using running = await Running.node(busy);
    const { code, stderr } = await tsyncio("record", String(running.pid), "-o", "/dev/full", "--seconds", "600");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/"\/dev\/full" cannot be written: ENOSPC/),
    });
    expect(running.alive()).toBe(true);
  });
});
