/**
 * A recording as a trace of Perfetto, to be opened at ui.perfetto.dev: packets with TrackEvents, as described at
 * https://perfetto.dev/docs/reference/synthetic-track-event.
 *
 * The process has a track for its main thread, on which the steps of all tasks stand, and one for each task. On that a
 * slice for the life of the task has slices for what it does meanwhile: `runs`, `ready`, and what it waits for. A flow
 * leads from where a task is made, woken or cancelled by another one to the step that follows.
 */

import { Message } from "./protobuf.ts";
import type { RecordedEvent, RecordingLine } from "./recording.ts";
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
/** Tracks of one process have numbers from here on, times the number of the process: no other process has the same. */
const TRACKS = 2 ** 28;
const PROCESS = 1;
const THREAD = 2;
const TASKS = 3;

/** A piece of an event: a flow that begins or ends there, or a text beside it. */
interface More {
  readonly flow?: number | undefined;
  readonly ends?: readonly number[];
  readonly texts?: Readonly<Record<string, string>>;
}

/** What is known of a task. */
interface Traced {
  readonly id: number;
  name: string;
  /** Whether a slice for what it does is open, inside the one of its life. */
  busy: boolean;
  /** What follows its step: a slice of that name, or the end, how. */
  next: string;
  ended: string | null;
  /** The flows that end in its next step. */
  flows: number[];
}

/** The lines of a recording, one after the other. */
export class PerfettoTrace {
  private readonly tasks = new Map<number, Traced>();
  /** The tasks that are in a step: more than one if they begin others eagerly. */
  private readonly running: Traced[] = [];
  private packets: Uint8Array[] = [];
  private tracks = 0;
  private began = 0;
  private flows = 0;

  /** The bytes of the trace that the line adds. */
  add(line: RecordingLine): Uint8Array {
    if ("begins" in line) {
      this.began = line.begins;
      const { pid, runtime, threads } = line.report;
      this.tracks = pid * TRACKS;
      this.describeProcess(pid, `${runtime} (${pid})`);
      for (const task of threads[0]?.tasks ?? []) this.present(task);
    } else if ("events" in line) for (const event of line.events) if (event[0] > this.began) this.happened(event);
    const bytes = join(this.packets);
    this.packets = [];
    return bytes;
  }

  /** A task that was there at the beginning. */
  private present({ id, name, state, waitsFor }: TaskData): void {
    const task = this.begin(id, name, this.began);
    if (state === "waiting") this.open(task, this.began, `waits for ${waitsFor}`);
    else this.open(task, this.began, state === "running" ? "runs" : "ready");
  }

  private begin(id: number, name: string, at: number): Traced {
    const task: Traced = { id, name, busy: false, next: "ready", ended: null, flows: [] };
    this.tasks.set(id, task);
    this.describe(this.trackOf(task), (descriptor) =>
      descriptor.uint(IN_DESCRIPTOR.parent, this.tracks + PROCESS).string(IN_DESCRIPTOR.name, name),
    );
    this.event(at, this.trackOf(task), TYPE.begin, name);
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
      case "e":
        return this.stepEnds(task, at);
      case "w": {
        const waited = typeof other === "number" ? this.tasks.get(other)?.name : undefined;
        task.next = `waits for ${waited ?? what}`;
        return;
      }
      case "t":
        task.next = "ready";
        return;
      case "k":
        this.open(task, at, "ready");
        return this.lead(this.byNumber(what), task, at, "wakes");
      case "c":
        this.event(at, this.trackOf(task), TYPE.instant, "cancel");
        return this.lead(this.byNumber(what), task, at, "cancels");
      case "d":
        task.ended = String(what);
    }
  }

  private byNumber(id: unknown): Traced | undefined {
    return typeof id === "number" ? this.tasks.get(id) : undefined;
  }

  /** From what `by` does to the next step of `task`. */
  private lead(by: Traced | undefined, task: Traced, at: number, verb: string): void {
    if (by === undefined || by === task) return;
    const flow = ++this.flows;
    task.flows.push(flow);
    this.event(at, this.trackOf(by), TYPE.instant, `${verb} ${task.name}`, { flow });
  }

  private stepBegins(task: Traced, at: number): void {
    this.leaveStep(task, at); // one whose end is missing
    this.running.push(task);
    const ends = task.flows;
    task.flows = [];
    this.open(task, at, "runs", { ends });
    this.event(at, this.tracks + THREAD, TYPE.begin, task.name);
  }

  private stepEnds(task: Traced, at: number): void {
    this.leaveStep(task, at);
    if (task.ended === null) return this.open(task, at, task.next);
    this.close(task, at);
    this.event(at, this.trackOf(task), TYPE.end, undefined, { texts: { ended: task.ended } });
    this.tasks.delete(task.id);
  }

  /** With those that it has begun, and whose end is missing. */
  private leaveStep(task: Traced, at: number): void {
    const place = this.running.indexOf(task);
    if (place < 0) return;
    for (const _ of this.running.splice(place)) this.event(at, this.tracks + THREAD, TYPE.end);
  }

  /** What the task does from now on. */
  private open(task: Traced, at: number, name: string, more?: More): void {
    this.close(task, at);
    task.busy = true;
    this.event(at, this.trackOf(task), TYPE.begin, name, more);
  }

  private close(task: Traced, at: number): void {
    if (task.busy) this.event(at, this.trackOf(task), TYPE.end);
    task.busy = false;
  }

  private trackOf({ id }: Traced): number {
    return this.tracks + TASKS + id;
  }

  private describeProcess(pid: number, name: string): void {
    const process = new Message().uint(IN_PROCESS.pid, pid).string(IN_PROCESS.name, name);
    this.describe(this.tracks + PROCESS, (descriptor) => descriptor.message(IN_DESCRIPTOR.process, process));
    const thread = new Message().uint(IN_THREAD.pid, pid).uint(IN_THREAD.tid, pid).string(IN_THREAD.name, "main");
    this.describe(this.tracks + THREAD, (descriptor) =>
      descriptor.uint(IN_DESCRIPTOR.parent, this.tracks + PROCESS).message(IN_DESCRIPTOR.thread, thread),
    );
  }

  private describe(track: number, fill: (descriptor: Message) => Message): void {
    const descriptor = fill(new Message().uint(IN_DESCRIPTOR.uuid, track));
    this.packet(new Message().message(IN_PACKET.descriptor, descriptor));
  }

  /** `at` is in milliseconds. */
  private event(at: number, track: number, type: number, name?: string, more: More = {}): void {
    const event = new Message().uint(IN_EVENT.type, type).uint(IN_EVENT.track, track);
    if (name !== undefined) event.string(IN_EVENT.category, "tsyncio").string(IN_EVENT.name, name);
    if (more.flow !== undefined) event.fixed64(IN_EVENT.flows, this.tracks + more.flow);
    for (const flow of more.ends ?? []) event.fixed64(IN_EVENT.ends, this.tracks + flow);
    for (const [key, text] of Object.entries(more.texts ?? {})) {
      event.message(
        IN_EVENT.annotations,
        new Message().string(IN_ANNOTATION.name, key).string(IN_ANNOTATION.string, text),
      );
    }
    const nanoseconds = Math.round(at * 1e6);
    this.packet(new Message().uint(IN_PACKET.timestamp, nanoseconds).message(IN_PACKET.event, event));
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
