/** What a program, or a client of it, has written must not reach the terminal as it is. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { RecordedEvent } from "../../../src/inspect/events.ts";
import { printable } from "../../../src/inspect/printable.ts";
import { psLines } from "../../../src/inspect/ps.ts";
import type { Report, ThreadReport } from "../../../src/inspect/report.ts";
import type { TaskData } from "../../../src/inspect/snapshot.ts";
import { widthOf } from "../../../src/inspect/width.ts";
import { CLI, nodeOptions } from "../children.ts";
import { chunkOf, ENV, eventsOf, printed, Running, sleepingTask, tsyncio } from "./support.ts";

const program = fileURLToPath(new URL("../programs/hostileNames.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tsyncio-hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a terminal would take for more than a character. */
const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

function withoutControls(text: string): void {
  for (const line of text.split("\n")) expect(CONTROL.exec(line)).toBeNull();
}

describe.runIf(process.platform === "linux")("a program with names that a client has sent", () => {
  it("is shown with what is not printable written as JavaScript does, and names of at most 500 characters", async () => {
    await using running = await Running.node(program);
    const pid = String(running.pid);
    for (const args of [
      ["ps", pid],
      ["tree", pid],
      ["why", pid, "loud"],
      ["top", pid, "--seconds", "0.1"],
    ]) {
      const { code, stdout, stderr } = await tsyncio(...args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      withoutControls(stdout);
      expect(stdout).toContain("\\x1b]0;a title\\x07");
    }
    const { stdout } = await tsyncio("tree", pid);
    expect(stdout).toContain("\\x1b[31mred\\x1b[0m waits for sleep(1000)");
    expect(stdout).toContain("two\\nlines\\r\\u2028\\u2029three waits for acquire of");
    expect(stdout).toContain("\\x9b2J \\u202eturned\\u202c waits for");
    expect(stdout).toContain("half \\ud83d waits for");
    expect(stdout).toContain("한글 waits for");
    expect(stdout).toMatch(/\n"" waits for/);
    expect(stdout).toMatch(/\n" " waits for/);
    expect(stdout).toContain("broken waits for what has no description: its toString() throws");
    expect(/\nx{500}… waits/.test(stdout)).toBe(true);
    expect(stdout.length).toBeLessThan(20_000);
    // A task is found by its name as it is, and as it is shown.
    for (const name of ["\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"]) {
      expect((await tsyncio("why", pid, name)).stdout).toContain("a timer will wake it");
    }
    for (const name of ["", '""']) expect((await tsyncio("why", pid, name)).stdout).toMatch(/\n"" waits for get from/);
  });

  it("is kept as it is in files and by --json", async () => {
    await using running = await Running.node(program);
    const file = join(folder, "now.json");
    await tsyncio("dump", String(running.pid), "-o", file);
    for (const text of [readFileSync(file, "utf8"), (await tsyncio("ps", file, "--json")).stdout]) {
      const names = (JSON.parse(text) as Report).threads[0]?.tasks.map(({ name }) => name);
      expect(names).toContain("\x1b[31mred\x1b[0m");
      expect(names).toContain("half \ud83d");
      withoutControls(text); // JSON writes them as escapes too
    }
    withoutControls((await tsyncio("tree", file)).stdout);
  });

  it("has only the colours of tsyncio in its output", async () => {
    await using running = await Running.node(program);
    const child = spawn(process.execPath, [...nodeOptions, "--no-warnings", CLI, "tree", String(running.pid)], {
      env: { ...ENV, FORCE_COLOR: "1" },
    });
    const { stdout } = await printed(child);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    withoutControls(stdout.replaceAll(/\x1b\[(?:0|1|2|31|33)m/g, ""));
    expect(stdout).toContain("\x1b[1m\\x1b[31mred\\x1b[0m\x1b[0m");
  });
});

const task = sleepingTask(1);
const thread: ThreadReport = { format: 1, name: "main", loops: [], tasks: [task], stacks: [], running: [] };
const report: Report = {
  format: 1,
  pid: 4711,
  runtime: "Node.js v26",
  at: "",
  folder: null,
  longestPause: 1,
  threads: [thread],
  notes: [],
};

describe("printable", () => {
  it("returns data without such characters as they are", () => {
    expect(printable(report)).toBe(report);
    expect(printable({ ...report, notes: ["\x1b"] }).threads).toBe(report.threads);
  });
});

describe("a file that is not as it should be", () => {
  const wrong = (changes: object): string => JSON.stringify({ ...report, threads: [{ ...thread, ...changes }] });
  const taskWith = (changes: object): string => wrong({ tasks: [{ ...task, ...changes }] });
  const recording = (...lines: string[]): string =>
    [
      `{"begins":0,"recording":4,"report":${JSON.stringify({ ...report, threads: [] })}}`,
      `{"joins":${JSON.stringify(thread)},"at":0}`,
      ...lines,
    ].join("\n");
  it.each<[string, string, string]>([
    ["a report that was cut off", JSON.stringify(report).slice(0, -20), "it is no JSON, or was cut off"],
    ["nothing", "", "it is no JSON, or was cut off"],
    ["another kind of JSON", "[]", "it was not written by `tsyncio dump`"],
    ["one without threads", '{"format":1}', "it was not written by `tsyncio dump`"],
    ["a thread that is null", JSON.stringify({ ...report, threads: [null] }), "report.threads[0] must be an object"],
    ["no tasks", wrong({ tasks: {} }), "report.threads[0].tasks must be an array, got {}"],
    ["a name that is an object", taskWith({ name: {} }), "report.threads[0].tasks[0].name must be a string, got {}"],
    ["an unknown state", taskWith({ state: "gone" }), '.state must be "new" or "running" or "ready" or "waiting"'],
    ["a stack at no place", taskWith({ stack: 0.5 }), ".stack must be a whole number from -1"],
    ["tasks that are texts", taskWith({ on: ["1"] }), ".on[0] must be a whole number"],
    [
      "a place without a file",
      wrong({ stacks: [[{ name: "f" }]] }),
      ".stacks[0][0].file must be a string, got nothing",
    ],
    ["a number of no process", JSON.stringify(report).replace("4711", "1e999"), "report.pid must be a whole number"],
    [
      "a newer version",
      JSON.stringify({ ...report, format: 2 }),
      "it has format 2, and this version of tsyncio reads format 1",
    ],
    [
      "a recording with a report of a newer version",
      '{"begins":[0],"report":{"format":2,"threads":[]}}\n',
      "it has format 2",
    ],
    ["a recording of nothing", '{"begins":0}\n', "it was not written by `tsyncio record`"],
    ["a recording that begins at no time", recording().replace(":0", ":[]"), "line 1: line.begins must be a number"],
    ["a thread without a name", recording('{"joins":{},"at":0}', ""), "line 3: line.joins.name must be a string"],
    ["a recording with a line that is no JSON", recording("no", "{}"), "line 3 is no JSON"],
    ["a recording with another line", recording("{}", ""), "line 3: line.thread must be a whole number"],
    ["events without a time", recording('{"thread":0,"texts":[],"events":""}', ""), "line.begin must be a number"],
    ["events that are a list", recording('{"thread":0,"begin":1,"texts":[],"events":[]}', ""), "line.events must be a"],
    ...["AAAA", "=".repeat(64), "A".repeat(65), `${"?".repeat(64)}`].map((events): [string, string, string] => [
      `events that are ${events.slice(0, 4)}…`,
      recording(`{"thread":0,"begin":1,"texts":[],"events":"${events}"}`, ""),
      "line.events must be events of 16 bytes in base64",
    ]),
    [
      "a recording of the first version",
      `{"begins":[0],"report":${JSON.stringify(report)}}\n{"thread":0,"events":[[1,"b",1]]}\n`,
      "it is a recording of format 1, and this version of tsyncio reads format 4",
    ],
    [
      "a recording of a newer version",
      recording("what it may be").replace('"recording":4', '"recording":5'),
      "it is a recording of format 5, and this version of tsyncio reads format 4",
    ],
  ])("is refused with what is wrong: %s", async (_, text, message) => {
    const file = join(folder, "wrong.json");
    writeFileSync(file, text);
    const commands = [["tree", file]];
    if (text.startsWith('{"begins":')) commands.push(["record", file, "-o", join(folder, "wrong.pftrace")]);
    for (const args of commands) {
      const { code, stdout, stderr } = await tsyncio(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(message);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
  });

  it("may have fields, events and threads that are not known", async () => {
    const file = join(folder, "newer.jsonl");
    const line = (thread: number, events: readonly RecordedEvent[]): string =>
      JSON.stringify({ thread, more: 1, ...chunkOf(events) });
    const known = line(0, [[2, "b", 99]]);
    const unknown = known.replace(/"events":"../, (text) => `${text.slice(0, -2)}Dw`); // a kind of the number 15
    expect(eventsOf(JSON.parse(unknown))).toEqual([[2, "?", 99]]);
    const end = '{"ends":[3],"threads":[null],"dropped":0,"notes":[]}';
    writeFileSync(file, recording(known, unknown, line(7, [[1, "b", 1]]), end, ""));
    expect((await tsyncio("tree", file)).stdout).toContain("Task-1 waits for sleep(1)");
    expect((await tsyncio("record", file, "-o", join(folder, "newer.pftrace"))).code).toBe(0);
  });

  it("is refused if it is huge, a folder, or not to be read", async () => {
    const file = join(folder, "huge.json");
    writeFileSync(file, "");
    const { truncateSync } = await import("node:fs");
    truncateSync(file, 600e6); // without a byte of it on the disk
    expect(await tsyncio("tree", file)).toMatchObject({ code: 1, stderr: expect.stringContaining("more than 500 MB") });
    rmSync(file);
    expect(await tsyncio("tree", folder)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("cannot be read: EISDIR"),
    });
  });
});

describe("a report of several threads", () => {
  const file = join(folder, "threads.json");
  const idle: ThreadReport = { ...thread, name: "worker 1", tasks: [] };
  const other: ThreadReport = {
    ...thread,
    name: "worker 2",
    tasks: [3, 4].map((id) => ({ ...task, id, name: "same" })),
  };
  writeFileSync(file, JSON.stringify({ ...report, threads: [thread, idle, other] }));

  it.each(["ps", "tree", "why"])("tells by %s which have no tasks", async (name) => {
    expect((await tsyncio(name, file)).stdout).toContain("\nworker 1\nno tasks\n");
  });

  it("is explained for the threads alone in which the task is, and says if it is not the only one of that name", async () => {
    const { stdout } = await tsyncio("why", file, "same");
    expect(stdout).toContain("\nworker 2\nsame waits for sleep(1)\n");
    expect(stdout).toContain("\n1 more task has that name.\n");
    expect(stdout).not.toMatch(/main|worker 1/);
  });
});

describe("columns of a table", () => {
  it("are as wide for Korean names, which take two columns a character", () => {
    const names = ["a", "이름", "🙂🙂🙂", "e\u0301e\u0301"];
    const tasks = names.map((name, i): TaskData => ({ ...task, id: i + 1, name }));
    const [head = "", ...rows] = psLines({ ...thread, tasks });
    const column = widthOf(head.slice(0, head.indexOf("STATE")));
    for (const row of rows) expect(widthOf(row.slice(0, row.indexOf("waiting")))).toBe(column);
  });
});
