/**
 * A recording as a trace of Perfetto, to be opened at ui.perfetto.dev: packets with TrackEvents, as described at
 * https://perfetto.dev/docs/reference/synthetic-track-event.
 *
 * The process has a track for each of its threads, on which the steps of all tasks stand, and one for each task. On
 * that a slice for the life of the task has slices for what it does meanwhile: `runs`, `ready`, and what it waits for.
 * A flow leads from where a task is made, woken or cancelled by another one to the step that follows.
 */

import { type RecordedEvent, readEvents } from "./events.ts";
import { Message } from "./protobuf.ts";
import type { RecordingLine } from "./recording.ts";
import type { ThreadReport } from "./report.ts";
import type { TaskData } from "./snapshot.ts";

// The numbers of the fields.
const PACKET = 1;
const IN_PACKET = { timestamp: 8, sequence: 10, event: 11, descriptor: 60 } as const;
const IN_DESCRIPTOR = { uuid: 1, name: 2, process: 3, thread: 4, parent: 5 } as const;
const IN_PROCESS = { pid: 1, name: 6 } as const;
const IN_THREAD = { pid: 1, tid: 2, name: 5 } as const;
const IN_EVENT = { annotations: 4, type: 9, track: 11, category: 22, name: 23, flows: 47, ends: 48 } as const;
const IN_ANNOTATION = { string: 6, name: 10 } as const;
const TYPE = { begin: 1, end: 2, instant: 3 } as const;

const SEQUENCE = 1;
/** The numbers of a process begin with its own, times this: no other process has the same. */
const TRACKS = 2 ** 28;
const PROCESS = 1;

/** A piece of an event: a flow that begins or ends there, or a text beside it. */
interface More {
  readonly flow?: number | undefined;
  readonly ends?: readonly number[];
  readonly texts?: Readonly<Record<string, string>>;
}

/** What is known of a task. */
interface Traced {
  readonly track: number;
  readonly name: string;
  /** Whether a slice for what it does is open, inside the one of its life. */
  busy: boolean;
  /** The flows that end in its next step. */
  flows: number[];
}

/** The lines of a recording, one after the other. */
export class PerfettoTrace {
  private readonly packets = new Packets();
  private readonly threads: ThreadTrace[] = [];
  private pid = 0;

  /** The bytes of the trace that the line adds. */
  add(line: RecordingLine): Uint8Array {
    if ("begins" in line) {
      const { pid, runtime } = line.report;
      this.pid = pid;
      this.packets.describeProcess(pid, `${runtime} (${pid})`);
    } else if ("joins" in line) {
      this.threads.push(new ThreadTrace(this.packets, line.joins, this.pid, this.threads.length, line.at));
    } else if ("events" in line) {
      const thread = this.threads[line.thread];
      if (thread !== undefined) readEvents(line, (event) => thread.add(event));
    }
    return this.packets.take();
  }
}

class ThreadTrace {
  private readonly packets: Packets;
  private readonly track: number;
  /** Under which the tracks of the tasks stand. */
  private readonly parent: number;
  private readonly began: number;
  private readonly tasks = new Map<number, Traced>();
  /** The tasks that are in a step: more than one if they begin others eagerly. */
  private readonly running: Traced[] = [];

  constructor(packets: Packets, { name, tasks }: ThreadReport, pid: number, place: number, began: number) {
    this.packets = packets;
    this.began = began;
    const isMain = name === "main";
    // The main thread has the number of the process. Those of workers are not known.
    this.track = packets.describeThread(pid, isMain ? pid : pid + place + 1, name);
    this.parent = isMain ? packets.process : this.track;
    for (const task of tasks) this.present(task);
  }

  add(event: RecordedEvent): void {
    if (event[0] > this.began) this.happened(event);
  }

  /** A task that was there at the beginning. */
  private present({ id, name, state, waitsFor }: TaskData): void {
    const task = this.begin(id, name, this.began);
    if (state === "waiting") this.open(task, this.began, `waits for ${waitsFor}`);
    else this.open(task, this.began, state === "running" ? "runs" : "ready");
  }

  private begin(id: number, name: string, at: number): Traced {
    const track = this.packets.describeTrack(this.parent, name);
    const task: Traced = { track, name, busy: false, flows: [] };
    this.tasks.set(id, task);
    this.packets.event(at, track, TYPE.begin, name);
    return task;
  }

  private happened([at, kind, id, what, other]: RecordedEvent): void {
    const task = kind === "n" ? this.begin(id, String(what), at) : this.tasks.get(id);
    if (task === undefined) return;
    switch (kind) {
      case "n":
        this.open(task, at, "ready");
        return this.lead(this.running.at(-1), task, at, "makes");
      case "b":
        return this.stepBegins(task, at);
      case "w": {
        const waited = typeof other === "number" ? this.tasks.get(other)?.name : undefined;
        this.leaveStep(task, at);
        return this.open(task, at, `waits for ${waited ?? what}`);
      }
      case "t":
        this.leaveStep(task, at);
        return this.open(task, at, "ready");
      case "k":
        this.open(task, at, "ready");
        return this.lead(this.byNumber(what), task, at, "wakes");
      case "c":
        this.packets.event(at, task.track, TYPE.instant, "cancel");
        return this.lead(this.byNumber(what), task, at, "cancels");
      case "d":
        this.leaveStep(task, at);
        this.close(task, at);
        this.packets.event(at, task.track, TYPE.end, undefined, { texts: { ended: String(what) } });
        this.tasks.delete(id);
    }
  }

  private byNumber(id: unknown): Traced | undefined {
    return typeof id === "number" ? this.tasks.get(id) : undefined;
  }

  /** From what `by` does to the next step of `task`. */
  private lead(by: Traced | undefined, task: Traced, at: number, verb: string): void {
    if (by === undefined || by === task) return;
    const flow = this.packets.newFlow();
    task.flows.push(flow);
    this.packets.event(at, by.track, TYPE.instant, `${verb} ${task.name}`, { flow });
  }

  private stepBegins(task: Traced, at: number): void {
    this.leaveStep(task, at); // one whose end is missing
    this.running.push(task);
    const ends = task.flows;
    task.flows = [];
    this.open(task, at, "runs", { ends });
    this.packets.event(at, this.track, TYPE.begin, task.name);
  }

  /** With those that it has begun, and whose end is missing. */
  private leaveStep(task: Traced, at: number): void {
    const place = this.running.indexOf(task);
    if (place < 0) return;
    for (const _ of this.running.splice(place)) this.packets.event(at, this.track, TYPE.end);
  }

  /** What the task does from now on. */
  private open(task: Traced, at: number, name: string, more?: More): void {
    this.close(task, at);
    task.busy = true;
    this.packets.event(at, task.track, TYPE.begin, name, more);
  }

  private close(task: Traced, at: number): void {
    if (task.busy) this.packets.event(at, task.track, TYPE.end);
    task.busy = false;
  }
}

/** The packets of a trace, and the numbers that are unique in it. */
class Packets {
  private packets: Uint8Array[] = [];
  /** What the numbers of this process begin from. */
  private base = 0;
  private tracks = PROCESS;
  private flows = 0;

  /** Its track. */
  get process(): number {
    return this.base + PROCESS;
  }

  newFlow(): number {
    return this.base + ++this.flows;
  }

  describeProcess(pid: number, name: string): void {
    this.base = pid * TRACKS;
    const process = new Message().uint(IN_PROCESS.pid, pid).string(IN_PROCESS.name, name);
    this.describe(this.process, (descriptor) => descriptor.message(IN_DESCRIPTOR.process, process));
  }

  describeThread(pid: number, tid: number, name: string): number {
    const thread = new Message().uint(IN_THREAD.pid, pid).uint(IN_THREAD.tid, tid).string(IN_THREAD.name, name);
    return this.describe(this.newTrack(), (descriptor) =>
      descriptor.uint(IN_DESCRIPTOR.parent, this.process).message(IN_DESCRIPTOR.thread, thread),
    );
  }

  describeTrack(parent: number, name: string): number {
    return this.describe(this.newTrack(), (descriptor) =>
      descriptor.uint(IN_DESCRIPTOR.parent, parent).string(IN_DESCRIPTOR.name, name),
    );
  }

  /** `at` is in milliseconds. */
  event(at: number, track: number, type: number, name?: string, more: More = {}): void {
    const event = new Message().uint(IN_EVENT.type, type).uint(IN_EVENT.track, track);
    if (name !== undefined) event.string(IN_EVENT.category, "tsyncio").string(IN_EVENT.name, name);
    if (more.flow !== undefined) event.fixed64(IN_EVENT.flows, more.flow);
    for (const flow of more.ends ?? []) event.fixed64(IN_EVENT.ends, flow);
    for (const [key, text] of Object.entries(more.texts ?? {})) {
      event.message(
        IN_EVENT.annotations,
        new Message().string(IN_ANNOTATION.name, key).string(IN_ANNOTATION.string, text),
      );
    }
    const nanoseconds = Math.round(at * 1e6);
    this.packet(new Message().uint(IN_PACKET.timestamp, nanoseconds).message(IN_PACKET.event, event));
  }

  /** The bytes of what has been added since the last time. */
  take(): Uint8Array {
    const bytes = join(this.packets);
    this.packets = [];
    return bytes;
  }

  private newTrack(): number {
    return this.base + ++this.tracks;
  }

  private describe(track: number, fill: (descriptor: Message) => Message): number {
    const descriptor = fill(new Message().uint(IN_DESCRIPTOR.uuid, track));
    this.packet(new Message().message(IN_PACKET.descriptor, descriptor));
    return track;
  }

  private packet(packet: Message): void {
    this.packets.push(new Message().message(PACKET, packet.uint(IN_PACKET.sequence, SEQUENCE)).finish());
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
