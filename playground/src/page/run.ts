/** One run after another: what the worker tells, shown. */

import type { Clock, Mode, Order, Outcome, Told } from "../protocol.ts";
import { Timeline } from "../timeline/model.ts";
import { find } from "./dom.ts";
import type { Editor, LineError } from "./editor.ts";
import type { Output } from "./output.ts";
import { RaceView } from "./raceView.ts";
import type { Runner } from "./runner.ts";
import type { Status } from "./status.ts";
import { TimelineView } from "./timelineView.ts";

export class Run {
  private readonly runner: Runner;
  private readonly editor: Editor;
  private readonly output: Output;
  private readonly status: Status;
  private readonly timelineView = new TimelineView();
  private readonly raceView = new RaceView();
  private readonly runButton = find<HTMLButtonElement>("run");
  private readonly stopButton = find<HTMLButtonElement>("stop");
  private timeline = new Timeline();
  private errors: LineError[] = [];
  private clock: Clock = "real";
  private raceFound: boolean | null = null;
  /** When the program began, in milliseconds of the page; null when none runs. */
  private began: number | null = null;
  /** What the seconds of the timeline count from, in seconds of the page. */
  private zero: number | null = null;
  private frame = 0;

  constructor(parts: { runner: Runner; editor: Editor; output: Output; status: Status }) {
    this.runner = parts.runner;
    this.editor = parts.editor;
    this.output = parts.output;
    this.status = parts.status;
    this.timelineView.clear();
    this.show();
  }

  async start(mode: Mode, clock: Clock): Promise<void> {
    this.clear();
    this.clock = mode === "race" ? "virtual" : clock;
    this.began = performance.now();
    this.show();
    this.status.say((texts) => (mode === "race" ? texts.searching : texts.runs));
    this.status.reveal();
    const order: Order = { mode, clock, code: this.editor.text };
    try {
      await this.runner.run(order, (told) => this.hear(told));
    } catch {
      this.end();
      this.status.say((texts) => texts.noWorker);
    }
  }

  stop(): void {
    if (this.began === null) return;
    this.runner.stop();
    this.end();
    this.status.say((texts) => texts.stopped);
  }

  /** In the language that is chosen now. */
  redraw(): void {
    this.timelineView.clear();
    this.timelineView.draw(this.timeline, this.now());
  }

  private clear(): void {
    this.output.clear();
    this.raceView.clear();
    this.timelineView.clear();
    this.timeline = new Timeline();
    this.errors = [];
    this.raceFound = null;
    this.zero = null;
    this.editor.mark([]);
  }

  private hear(told: Told): void {
    switch (told.type) {
      case "output":
        this.output.print(told.level, told.text, told.line);
        if (told.level === "error" && told.line !== null) {
          this.errors.push({ line: told.line, message: told.text });
          this.editor.mark(this.errors);
        }
        return;
      case "task":
        this.timeline.tell(told);
        this.zero ??= performance.now() / 1000 - told.seconds;
        return this.drawSoon();
      case "progress":
        return this.status.say((texts) => texts.searched(told.schedules, told.seconds.toFixed(1)));
      case "race":
        this.raceFound = told.found;
        if (told.found) this.raceView.show(told.steps, told.report);
        else this.output.print("log", told.report, null);
        return;
      case "stuck":
        return this.status.say((texts) => texts.stuck);
      case "finished":
        return this.finish(told.outcome);
    }
  }

  private finish(outcome: Outcome): void {
    const seconds = (this.clock === "virtual" ? this.timeline.end : this.now()).toFixed(2);
    const { raceFound } = this;
    this.end();
    this.status.say((texts) => {
      if (raceFound !== null) return raceFound ? texts.raceFound : texts.noRace;
      if (outcome === "refused") return texts.notBegun;
      return outcome === "ended" ? texts.finished(seconds) : texts.failedAfter(seconds);
    });
  }

  private end(): void {
    this.output.flush();
    this.timelineView.draw(this.timeline, this.now());
    this.began = null;
    this.show();
    this.runner.prepare();
  }

  private show(): void {
    const runs = this.began !== null;
    if (!runs && document.activeElement === this.stopButton) this.runButton.focus({ preventScroll: true });
    this.stopButton.disabled = !runs;
  }

  private now(): number {
    if (this.clock === "virtual" || this.zero === null || this.began === null) return this.timeline.end;
    return performance.now() / 1000 - this.zero;
  }

  private drawSoon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.timelineView.draw(this.timeline, this.now());
      if (this.began !== null && this.timeline.alive) this.drawSoon();
    });
  }
}
