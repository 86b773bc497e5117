/** Recordings as traces of Perfetto, decoded by its schema. */

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { RecordedEvent } from "../../../src/inspect/events.ts";
import { PerfettoTrace } from "../../../src/inspect/perfetto.ts";
import { RECORDING_FORMAT, type RecordingLine } from "../../../src/inspect/recording.ts";
import type { TaskData } from "../../../src/inspect/snapshot.ts";
import { decodeTrace, type TracePacket, type TrackDescriptor } from "./perfettoSchema.ts";
import { chunkOf, Running, tsyncio } from "./support.ts";

interface Slice {
  readonly name: string;
  readonly begin: number;
  /** Infinity if it is still open at the end of the trace. */
  end: number;
  readonly inside: string | null;
  readonly ends: readonly number[];
}

/** As a reader of traces puts them together: by the track, each end closing what was opened last. */
class Trace {
  readonly tracks: readonly TrackDescriptor[];
  private readonly slices = new Map<number, Slice[]>();
  /** Where each flow begins: the name of the track, and of the event. */
  readonly flows = new Map<number, string>();

  constructor(packets: readonly TracePacket[]) {
    this.tracks = packets.flatMap(({ trackDescriptor }) => (trackDescriptor === undefined ? [] : [trackDescriptor]));
    expect(new Set(this.tracks.map(({ uuid }) => uuid)).size).toBe(this.tracks.length);
    const open = new Map<number, Slice[]>();
    let last = 0;
    for (const { timestamp = 0, trackEvent: event } of packets) {
      if (event === undefined) continue;
      expect(timestamp).toBeGreaterThanOrEqual(last);
      last = timestamp;
      const known = this.tracks.some(({ uuid }) => uuid === event.trackUuid);
      expect(known).toBe(true);
      const stack = open.get(event.trackUuid) ?? [];
      open.set(event.trackUuid, stack);
      for (const flow of event.flowIds ?? []) this.flows.set(flow, `${this.nameOf(event.trackUuid)}: ${event.name}`);
      if (event.type === "TYPE_SLICE_BEGIN") {
        const slice: Slice = {
          name: event.name ?? "",
          begin: timestamp,
          end: Number.POSITIVE_INFINITY,
          inside: stack.at(-1)?.name ?? null,
          ends: event.terminatingFlowIds ?? [],
        };
        stack.push(slice);
        this.slices.set(event.trackUuid, [...(this.slices.get(event.trackUuid) ?? []), slice]);
      } else if (event.type === "TYPE_SLICE_END") {
        const slice = stack.pop() as Slice;
        expect(slice).toBeDefined();
        slice.end = timestamp;
      }
    }
  }

  private nameOf(uuid: number): string {
    const track = this.tracks.find((one) => one.uuid === uuid);
    return track?.name ?? track?.thread?.threadName ?? "";
  }

  /** Of a task. */
  of(name: string): Slice[] {
    return this.slices.get(this.tracks.find((one) => one.name === name)?.uuid as number) ?? [];
  }

  /** Of the thread. */
  get steps(): Slice[] {
    return this.slices.get(this.tracks.find(({ thread }) => thread !== undefined)?.uuid as number) ?? [];
  }

  /** The names of the slices of a task, those in the slice of its life with an indent. */
  names(name: string): string[] {
    return this.of(name).map((slice) => (slice.inside === null ? slice.name : `  ${slice.name}`));
  }

  /** What leads to the slice. */
  leadsTo(slice: Slice | undefined): (string | undefined)[] {
    return (slice?.ends ?? []).map((flow) => this.flows.get(flow));
  }
}

const nothing = { on: [], via: "task", awaitedBy: [], cancelling: 0, stack: -1, loop: 0 } as const;
const main: TaskData = { ...nothing, id: 1, name: "main", state: "waiting", waitsFor: "sleep(1)" };

/** A trace of `events`, in a process with the task main, which sleeps. */
function traced(events: readonly RecordedEvent[], tasks: readonly TaskData[] = [main]): Trace {
  const thread = { format: 1, name: "main", loops: [], tasks, stacks: [], running: [] } as const;
  const report = {
    format: 1,
    pid: 4_194_303,
    runtime: "Node.js",
    at: "",
    folder: null,
    longestPause: 0,
    threads: [],
    notes: [],
  } as const;
  const lines: RecordingLine[] = [
    { begins: 1, recording: RECORDING_FORMAT, report },
    { joins: thread, at: 1 },
    { thread: 0, ...chunkOf(events) },
    { ends: [100], threads: [null], dropped: 0, notes: [] },
  ];
  const trace = new PerfettoTrace();
  return new Trace(decodeTrace(Buffer.concat(lines.map((line) => trace.add(line)))));
}

describe("a trace of Perfetto", () => {
  it("has a track for the process, one for the thread, and one for each task", () => {
    const { tracks } = traced([[2, "n", 2, "child"]]);
    const [process, thread, ...tasks] = tracks;
    expect(process?.process).toEqual({ pid: 4_194_303, processName: "Node.js (4194303)" });
    expect(thread).toMatchObject({ parentUuid: process?.uuid, thread: { pid: 4_194_303, threadName: "main" } });
    expect(tasks.map(({ name, parentUuid }) => [name, parentUuid])).toEqual([
      ["main", process?.uuid],
      ["child", process?.uuid],
    ]);
  });

  it("shows what a task does inside a slice of its life, without gaps, in nanoseconds", () => {
    const trace = traced([
      [5, "k", 1, null],
      [6.001, "b", 1],
      [7, "w", 1, "Event", null],
      [9, "k", 1, null],
      [9, "b", 1],
      [9.5, "t", 1],
      [10, "b", 1],
      [11, "d", 1, "done"],
    ]);
    expect(trace.names("main").slice(0, 7)).toEqual([
      "main",
      "  waits for sleep(1)",
      "  ready",
      "  runs",
      "  waits for Event",
      "  ready",
      "  runs",
    ]);
    const [life, ...phases] = trace.of("main");
    expect([life?.begin, life?.end]).toEqual([1e6, 11e6]);
    expect(phases.map(({ begin }) => begin)).toEqual([1e6, 5e6, 6_001_000, 7e6, 9e6, 9e6, 9_500_000, 10e6]);
    expect(phases.map(({ end }) => end)).toEqual([5e6, 6_001_000, 7e6, 9e6, 9e6, 9_500_000, 10e6, 11e6]);
  });

  it("leads from where a task is made, woken or cancelled by another to its next step", () => {
    const trace = traced([
      [2, "k", 1, null],
      [2, "b", 1],
      [2, "n", 2, "child"],
      [3, "w", 1, "Task", 2],
      [4, "b", 2],
      [4, "w", 2, "Queue", null],
      [5, "c", 2, 1],
      [5, "k", 2, 1],
      [6, "b", 2],
      [6, "k", 1, 2],
      [7, "d", 2, "cancelled"],
      [8, "b", 1],
    ]);
    expect(trace.names("main")[4]).toBe("  waits for child");
    const runs = trace.of("child").filter(({ name }) => name === "runs");
    expect(trace.leadsTo(runs[0])).toEqual(["main: makes child"]);
    expect(trace.leadsTo(runs[1])).toEqual(["main: cancels child", "main: wakes child"]);
    expect(trace.leadsTo(trace.of("main").at(-1))).toEqual(["child: wakes main"]);
    // One that nothing of the program's has woken.
    expect(trace.leadsTo(trace.of("main")[3])).toEqual([]);
    expect(trace.flows.size).toBe(4);
  });

  it("nests the steps of tasks that begin in the middle of another's step", () => {
    const trace = traced([
      [2, "b", 1],
      [2, "n", 2, "eager"],
      [3, "b", 2],
      [4, "d", 2, "done"],
      [5, "t", 1],
    ]);
    expect(trace.steps.map(({ name, inside, begin, end }) => [name, inside, begin, end])).toEqual([
      ["main", null, 2e6, 5e6],
      ["eager", "main", 3e6, 4e6],
    ]);
  });

  it("stays well-formed where events are missing", () => {
    const trace = traced([
      [2, "t", 1], // without its beginning
      [3, "b", 1],
      [4, "b", 1], // without the end before
      [5, "b", 9], // of a task that is not known
      [6, "t", 1],
      [7, "k", 9, 8],
    ]);
    expect(trace.of("main").at(0)?.end).toBe(Number.POSITIVE_INFINITY); // it lives on
  });
});

const program = fileURLToPath(new URL("../programs/phases.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tsyncio-perfetto-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(process.platform === "linux")("tsyncio record", () => {
  it("writes a trace for the name x.pftrace, of a process and of a recording", async () => {
    const [live, recorded, later] = ["live.pftrace", "recorded.jsonl", "later.pftrace"].map((name) =>
      join(folder, name),
    );
    await using running = await Running.node(program);
    const pid = String(running.pid);
    for (const file of [live, recorded] as string[]) {
      const { code, stderr } = await tsyncio("record", pid, "-o", file, "--seconds", "0.1");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    const converted = await tsyncio("record", recorded as string, "-o", later as string);
    expect(converted).toMatchObject({ code: 0, stdout: `0 events of ${recorded} are in ${later}\n` });
    for (const file of [live, later] as string[]) {
      const trace = new Trace(decodeTrace(readFileSync(file)));
      expect(trace.tracks[0]?.process?.pid).toBe(running.pid);
      expect(trace.names("first phase")).toEqual([
        "first phase",
        expect.stringMatching(/^ {2}waits for set of <Event /),
      ]);
    }
  });

  it("says what a recording can become", async () => {
    const file = join(folder, "other.json");
    writeFileSync(file, "{}");
    expect(await tsyncio("record", file, "-o", join(folder, "x.jsonl"))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("a recording becomes a trace: -o FILE.pftrace"),
    });
    expect(await tsyncio("record", file, "-o", join(folder, "x.pftrace"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("was not written by `tsyncio record`"),
    });
    expect(await tsyncio("record", "nothing", "-o", join(folder, "x.pftrace"))).toMatchObject({ code: 2 });
  });
});
