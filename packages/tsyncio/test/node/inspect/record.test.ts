/** `tsyncio record`, and `tree --at` on what it has written. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { RecordedEvent } from "../../../src/inspect/events.ts";
import { habits } from "../../../src/inspect/habits.ts";
import type { RecordingLine } from "../../../src/inspect/recording.ts";
import { CLI, nodeOptions } from "../children.ts";
import { decodeTrace } from "./perfettoSchema.ts";
import { eventsOf, printed, Running, sleepingTask, tsyncio } from "./support.ts";

const program = fileURLToPath(new URL("../programs/phases.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tsyncio-record-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The time from the first events in the file to the last. */
function millisecondsIn(file: string): number {
  if (!existsSync(file)) return 0;
  const begins = [...readFileSync(file, "utf8").matchAll(/"begin":([\d.]+)/g)].map(([, begin]) => Number(begin));
  return begins.length === 0 ? 0 : Math.max(...begins) - Math.min(...begins);
}

describe.runIf(process.platform === "linux")("tsyncio record", () => {
  it("keeps what happened, so that tree shows any of its moments", async () => {
    const file = join(folder, "phases.jsonl");
    await using running = await Running.node(program);
    const options = [...nodeOptions, "--no-warnings", CLI, "record", String(running.pid)];
    const child = spawn(process.execPath, [...options, "-o", file, "--seconds", "600"]);
    const ended = printed(child);
    const has = (text: string): boolean => {
      try {
        return readFileSync(file, "utf8").includes(text);
      } catch {
        return false;
      }
    };
    while (!has('"begins"')) await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.stdin?.write("second\n");
    while (!has('"second phase"')) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+ events of process \d+ are in .*; the longest pause was/);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const first = await tsyncio("tree", file, "--at", "0");
    expect(first.stdout).toMatch(/first phase waits for set of <Event .*\n.* at first \(.*phases\.ts:\d+/);
    expect(first.stdout).toMatch(/process \d+, Node\.js v\d+\./);
    expect(first.stdout).not.toContain("second phase");
    expect(first.stdout).not.toContain("The recording ends");
    const beyond = await tsyncio("tree", file, "--at", "1000");
    expect(beyond.stdout).toMatch(/second phase [\s\S]*\nThe recording ends \d+\.\d s after its beginning/);
    const last = await tsyncio("tree", file);
    expect(last.stdout).toMatch(/second phase waits for get from <Queue .*\n.* at second \(.*phases\.ts:\d+/);
    expect(last.stdout).not.toContain("first phase");

    const lines = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RecordingLine);
    const events: RecordedEvent[] = lines.flatMap((line) => ("events" in line ? eventsOf(line) : []));
    const made = events.find(([, kind, , name]) => kind === "n" && name === "second phase") as RecordedEvent;
    const kinds = events.filter(([, , task]) => task === made[2]).map(([, kind]) => kind);
    expect(kinds).toEqual(["n", "b", "w"]);
    expect(events.map(([at]) => at)).toEqual(events.map(([at]) => at).sort((a, b) => a - b));
    expect(running.alive()).toBe(true);
  });

  it("tells since when each task has been waiting, and at its end what is seldom meant so", async () => {
    const file = join(folder, "busy.jsonl");
    await using running = await Running.node(fileURLToPath(new URL("../programs/busy.ts", import.meta.url)));
    const { stdout } = await tsyncio("record", String(running.pid), "-o", file, "--seconds", "2");
    expect(stdout).toMatch(/\nloop blocked: a step of blocks took \d+ ms\n/);
    expect(stdout).toMatch(/\npolling: polls has given up its turn \d+ times a second, by sleep\(0\)\n/);
    expect(stdout).toMatch(/\ngoes on: refuses was asked to cancel/);
    expect(stdout).toMatch(/\nexception never retrieved: fails has failed by RangeError\n/);
    const ps = (await tsyncio("ps", file)).stdout;
    expect(ps).toMatch(/^TASK +STATE +WAITED +WAITS FOR/m);
    expect(ps).toMatch(/^holds +waiting +> [\d.]+ s +sleep\(1000\)/m);
    expect(ps).not.toContain("Since when");
    expect((await tsyncio("why", file, "holds")).stdout).toMatch(/holds waits for sleep\(1000\), for > [\d.]+ s\n/);
  });

  it("tells it of a process that has ended meanwhile, too", async () => {
    const file = join(folder, "ended.jsonl");
    await using running = await Running.node(fileURLToPath(new URL("../programs/busy.ts", import.meta.url)));
    const options = [...nodeOptions, "--no-warnings", CLI, "record", String(running.pid), "-o", file];
    const ended = printed(spawn(process.execPath, [...options, "--seconds", "600"]));
    // The program blocks for 150 ms after each 200 ms.
    while (millisecondsIn(file) < 1000) await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill("SIGKILL");
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toContain(`\nprocess ${running.pid} has ended meanwhile\n`);
    expect(stdout).toMatch(/\nloop blocked: a step of blocks took \d+ ms\n/);
    expect(stdout).toMatch(/\npolling: polls has given up its turn/);
  });

  it("names no holder of a semaphore where none is known", () => {
    const stats = { over: 1, steps: 0, lag: 0, slow: [], polls: [], refuses: [] };
    const tasks = [sleepingTask(1, { waitsFor: "acquire of <Semaphore [locked, waiters:1]>", via: "hold", waited: 2 })];
    expect(habits(stats, { format: 1, loops: [], tasks, stacks: [], running: [] })).toEqual([
      "waits for a lock: Task-1, for 2.0 s",
    ]);
  });

  it("records the workers too, on one clock, and names those that it could not", async () => {
    await using running = await Running.node(fileURLToPath(new URL("../programs/workers.ts", import.meta.url)));
    const [file, trace] = [join(folder, "workers.jsonl"), join(folder, "workers.pftrace")];
    const { code, stdout } = await tsyncio("record", String(running.pid), "-o", file, "--seconds", "1");
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nNot recorded: worker \d: .*the middle of running code/);
    const rest = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RecordingLine);
    expect(rest.flatMap((line) => ("joins" in line ? [line.joins.name] : []))).toEqual(["main", "worker 1"]);
    expect(rest.at(-1)).toMatchObject({ notes: [expect.stringMatching(/worker 2/)] });
    for (const thread of [0, 1]) {
      const events = rest.flatMap((line) => ("events" in line && line.thread === thread ? eventsOf(line) : []));
      expect(events.filter(([, kind]) => kind === "b").length).toBeGreaterThan(5);
    }
    // On one clock: what both have done in the same second lies within that second and a little.
    const times = rest.flatMap((line) => ("events" in line ? eventsOf(line).map(([at]) => at) : []));
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(20_000);
    const { stdout: tree } = await tsyncio("tree", file, "--at", "0.5");
    expect(tree).toMatch(/\nmain\n[\s\S]*ticks in main [\s\S]*\nworker \d\n[\s\S]*ticks in 1 /);
    expect(tree).toMatch(/\nNot recorded: worker \d/);
    expect((await tsyncio("record", file, "-o", trace)).code).toBe(0);
    const tracks = decodeTrace(readFileSync(trace)).flatMap(({ trackDescriptor }) => trackDescriptor ?? []);
    expect(tracks.flatMap(({ thread }) => thread?.threadName ?? [])).toEqual([
      "main",
      expect.stringMatching(/^worker \d$/),
    ]);
    expect(new Set(tracks.map(({ uuid }) => uuid)).size).toBe(tracks.length);
    expect(tracks.map(({ name }) => name)).toEqual(expect.arrayContaining(["ticks in main", "ticks in 1"]));
  });

  it("reads a recording that was cut off by the end of the process", async () => {
    const file = join(folder, "cut.jsonl");
    await using running = await Running.node(program);
    const options = [...nodeOptions, "--no-warnings", CLI, "record", String(running.pid)];
    const child = spawn(process.execPath, [...options, "-o", file, "--seconds", "600"]);
    const ended = printed(child);
    await once(running.child.stderr as NodeJS.ReadableStream, "data");
    running.child.kill("SIGKILL");
    const { code, stderr } = await ended;
    if (code === 1) expect(stderr).toMatch(/ended|does not answer/);
    else expect((await tsyncio("tree", file)).stdout).toContain("first phase");
  });

  it("says what is missing", async () => {
    expect(await tsyncio("record", "1")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("record needs -o FILE"),
    });
    const file = join(folder, "phases.jsonl");
    expect(await tsyncio("tree", file, "--at", "no")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--at must be a number of seconds"),
    });
    const dumped = join(folder, "dumped.json");
    writeFileSync(dumped, JSON.stringify({ format: 1, pid: 1, threads: [] }));
    for (const target of [String(process.pid), dumped]) {
      expect(await tsyncio("tree", target, "--at", "1")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("--at needs a FILE of `tsyncio record`"),
      });
    }
  });
});
