/** What happens in the threads of a process, on its way into a file. */

import { type Chunk, countOf } from "../../inspect/events.ts";
import { habits, type Stats, together } from "../../inspect/habits.ts";
import { RECORDING_FORMAT, type RecordingLine } from "../../inspect/recording.ts";
import type { Report, ThreadReport } from "../../inspect/report.ts";
import { FORMAT } from "../../inspect/snapshot.ts";
import { TargetError } from "../errors.ts";
import type { OutputFile } from "../output.ts";
import type { Channel } from "./channel.ts";
import { explainedLater } from "./look.ts";
import { linkOf } from "./proc.ts";
import type { WatchedThread } from "./watched.ts";

/** In bytes. */
const LARGEST = 256e6;
/** How long threads may be silent, in milliseconds. Where another has answered, less: it may be in a long job. */
const PATIENCE = 10_000;
const GRACE = 2000;

/** A thread that is recorded. */
class Recorded {
  readonly thread: WatchedThread;
  /** What was seen last: when it joined, and at the end. */
  seen: ThreadReport | null = null;
  /** What has been counted so far. */
  stats: Stats | null = null;
  /** Its place in the file, and what has come before it had one. */
  place = -1;
  early: Chunk[] = [];

  constructor(thread: WatchedThread) {
    this.thread = thread;
  }
}

export class Recorder {
  /** How many events are in the file, and how many are not: the process was faster than they could be sent. */
  count = 0;
  lost = 0;
  private readonly recorded: Recorded[] = [];
  private joined = 0;
  private readonly channel: Channel;
  private readonly file: OutputFile;
  private readonly encode: (line: RecordingLine) => Uint8Array;
  private readonly stop: () => void;
  private failure: unknown = null;

  /** `stop` is called when nothing more can be written. */
  constructor(channel: Channel, file: OutputFile, encode: (line: RecordingLine) => Uint8Array, stop: () => void) {
    this.channel = channel;
    this.file = file;
    this.encode = encode;
    this.stop = stop;
  }

  /** @throws {TargetError} No thread answers. */
  async begin(pid: number, force: boolean): Promise<void> {
    const { channel } = this;
    const there = channel.threads.map((thread) => this.listen(thread));
    const seen = await this.look(there);
    const first = there.filter((_, i) => seen[i] !== null);
    if (first.length === 0) {
      const [one] = there;
      const failure = one?.thread.failure ?? null;
      if (failure !== null) throw new TargetError(await explainedLater(failure, pid, force));
      const why = one === undefined ? "it has ended meanwhile" : whyNot(one.thread);
      throw new TargetError(`process ${pid} does not answer: ${why}. \`tsyncio why ${pid}\` shows where`);
    }
    const report: Report = {
      format: FORMAT,
      pid,
      runtime: channel.runtime,
      at: new Date().toISOString(),
      folder: linkOf(pid, "cwd"),
      longestPause: channel.longestPause,
      threads: [],
      notes: [],
    };
    const begins = Math.max(...first.map(({ thread }) => thread.lookedAt));
    this.write({ begins, recording: RECORDING_FORMAT, report });
    for (const one of first) this.join(one);
    // The others when they answer, and those that come later.
    for (const one of there) if (!first.includes(one)) void this.joinLater(one);
    channel.onThread = (thread) => void this.joinLater(this.listen(thread));
  }

  /** @throws {TargetError} It could not be written. */
  async end(): Promise<void> {
    const joined = this.recorded.filter(({ place }) => place >= 0).sort((a, b) => a.place - b.place);
    for (const { thread } of joined) thread.flush();
    const threads = await this.look(joined);
    const ends = joined.map(({ thread }) => thread.lookedAt);
    this.write({ ends, threads, dropped: this.lost, notes: this.notes });
    if (this.failure !== null) throw this.failure;
  }

  /** What could not be recorded, in words. */
  get notes(): string[] {
    const never = this.recorded.filter(({ place }) => place < 0);
    const texts = [...this.channel.leftOut, ...never.map(({ thread }) => `${thread.name}: ${whyNot(thread)}`)];
    return texts.map((text) => `Not recorded: ${text}.`);
  }

  /** What is seldom meant so. */
  habits(): string[] {
    return this.recorded.flatMap(({ seen, stats }) => {
      if (seen === null || stats === null) return [];
      const name = seen.name === "main" ? "" : `${seen.name}: `;
      return habits(stats, seen).map((line) => `${name}${line}`);
    });
  }

  private listen(thread: WatchedThread): Recorded {
    const one = new Recorded(thread);
    this.recorded.push(one);
    thread.onChunk = (chunk) => {
      if (one.place < 0) one.early.push(chunk);
      else this.take(one, chunk);
    };
    thread.onStats = (stats) => {
      one.stats = one.stats === null ? stats : together(one.stats, stats);
    };
    thread.onDropped = (count) => {
      this.lost += count;
    };
    return one;
  }

  /** Looks at threads, all at once. */
  private async look(all: readonly Recorded[]): Promise<(ThreadReport | null)[]> {
    let answered = false;
    const looks = all.map(async (one) => {
      const seen = await one.thread.look(() => (answered ? GRACE : PATIENCE));
      answered ||= seen !== null;
      one.seen = seen ?? one.seen;
      return seen;
    });
    return Promise.all(looks);
  }

  private async joinLater(one: Recorded): Promise<void> {
    one.seen = await one.thread.look(() => Number.POSITIVE_INFINITY);
    if (one.seen !== null) this.join(one);
  }

  private join(one: Recorded): void {
    this.write({ joins: one.seen as ThreadReport, at: one.thread.lookedAt });
    one.place = this.joined++;
    for (const chunk of one.early) this.take(one, chunk);
    one.early = [];
  }

  private take(one: Recorded, chunk: Chunk): void {
    this.count += countOf(chunk);
    this.write({ thread: one.place, ...chunk });
  }

  private write(line: RecordingLine): void {
    try {
      this.file.write(this.encode(line));
    } catch (error) {
      this.failure ??= error;
    }
    if (this.failure !== null || this.file.bytes > LARGEST) this.stop();
  }
}

/** Why it could not be looked at. */
function whyNot({ failure, ended }: WatchedThread): string {
  if (failure !== null) return `looking into it has failed there: ${failure}`;
  return ended.isOpen ? "it has ended meanwhile" : "it is in the middle of running code, or its loop is blocked";
}
