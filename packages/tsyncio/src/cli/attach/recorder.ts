/** What happens in the threads of a process, on its way into a file. */

import { type Chunk, countOf } from "../../inspect/events.ts";
import { habits, type Stats } from "../../inspect/habits.ts";
import { RECORDING_FORMAT, type RecordingLine } from "../../inspect/recording.ts";
import type { Report, ThreadReport } from "../../inspect/report.ts";
import { FORMAT } from "../../inspect/snapshot.ts";
import { TargetError } from "../errors.ts";
import type { OutputFile } from "../output.ts";
import type { Channel } from "./channel.ts";
import { linkOf } from "./proc.ts";
import type { WatchedThread } from "./watched.ts";

/** In bytes. */
const LARGEST = 256e6;
/** How long a look may take, in milliseconds. One at a worker less, which may be in the middle of a long job. */
const PATIENCE = 10_000;
const PATIENCE_WITH_WORKERS = 2000;

/** A thread that is recorded. */
interface Recorded {
  readonly thread: WatchedThread;
  /** When it was looked at for the first time. */
  readonly begins: number;
  /** What was seen: at the beginning, and at the end. */
  seen: ThreadReport;
  /** What has been counted until the end; null if it has ended before. */
  stats: Stats | null;
}

export class Recorder {
  /** How many events are in the file, and how many are not: the process was faster than they could be sent. */
  count = 0;
  lost = 0;
  /** What could not be recorded, in words. */
  readonly notes: string[] = [];
  private readonly recorded: Recorded[] = [];
  private readonly channel: Channel;
  private readonly file: OutputFile;
  private readonly encode: (line: RecordingLine) => Uint8Array;
  private readonly stop: () => void;
  private failure: unknown = null;
  /** What has come before the beginning is written. */
  private early: [WatchedThread, Chunk][] | null = [];

  /** `stop` is called when nothing more can be written. */
  constructor(channel: Channel, file: OutputFile, encode: (line: RecordingLine) => Uint8Array, stop: () => void) {
    this.channel = channel;
    this.file = file;
    this.encode = encode;
    this.stop = stop;
    for (const thread of channel.threads) {
      thread.onChunk = (chunk) => {
        if (this.early === null) this.take(thread, chunk);
        else this.early.push([thread, chunk]);
      };
      thread.onDropped = (count) => {
        this.lost += count;
      };
    }
  }

  /** @throws {TargetError} The main thread does not answer. */
  async begin(pid: number): Promise<void> {
    const { channel, notes, recorded } = this;
    for (const text of channel.leftOut) notes.push(`Not recorded: ${text}.`);
    const looks = channel.threads.map(async (thread) => ({ thread, seen: await this.look(thread) }));
    for (const { thread, seen } of await Promise.all(looks)) {
      if (seen !== null) {
        recorded.push({ thread, seen, begins: thread.lookedAt, stats: null });
      } else if (thread !== channel.main) notes.push(`Not recorded: ${thread.name}: ${whyNot(thread)}.`);
      else
        throw new TargetError(`process ${pid} does not answer: ${whyNot(thread)}. \`tsyncio why ${pid}\` shows where`);
    }
    const report: Report = {
      format: FORMAT,
      pid,
      runtime: "Node.js",
      at: new Date().toISOString(),
      folder: linkOf(pid, "cwd"),
      longestPause: channel.longestPause,
      threads: recorded.map(({ seen }) => seen),
      notes,
    };
    this.write({ begins: recorded.map(({ begins }) => begins), recording: RECORDING_FORMAT, report });
    const early = this.early ?? [];
    this.early = null;
    for (const [thread, chunk] of early) this.take(thread, chunk);
  }

  /** @throws {TargetError} It could not be written. */
  async end(): Promise<void> {
    for (const { thread } of this.recorded) thread.flush();
    const threads = await Promise.all(this.recorded.map((one) => this.lookAgain(one)));
    this.write({ ends: this.recorded.map(({ thread }) => thread.lookedAt), threads, dropped: this.lost });
    if (this.failure !== null) throw this.failure;
  }

  /** What is seldom meant so. */
  habits(): string[] {
    return this.recorded.flatMap(({ thread, seen, stats }) => {
      if (stats === null) return [];
      const name = thread === this.channel.main ? "" : `${thread.name}: `;
      return habits(stats, seen).map((line) => `${name}${line}`);
    });
  }

  private async lookAgain(one: Recorded): Promise<ThreadReport | null> {
    const { thread } = one;
    const seen = await this.look(thread);
    if (seen === null) return null;
    one.seen = seen;
    one.stats = await thread.stats(this.patience(thread));
    return seen;
  }

  private look(thread: WatchedThread): Promise<ThreadReport | null> {
    return thread.look(this.patience(thread));
  }

  private patience(thread: WatchedThread): number {
    return thread === this.channel.main ? PATIENCE : PATIENCE_WITH_WORKERS;
  }

  private take(thread: WatchedThread, chunk: Chunk): void {
    const place = this.recorded.findIndex((one) => one.thread === thread);
    if (place < 0) return;
    this.count += countOf(chunk);
    this.write({ thread: place, ...chunk });
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
function whyNot({ failure, hasEnded }: WatchedThread): string {
  if (failure !== null) return `looking into it has failed there: ${failure}`;
  return hasEnded ? "it has ended meanwhile" : "it is in the middle of running code, or its loop is blocked";
}
