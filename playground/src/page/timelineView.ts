/** The tasks of a run as bars over time; each with what it does, in words. */

import type { Mark, Row, Span, State, Timeline } from "../timeline/model.ts";
import { findScrolling, make } from "./dom.ts";
import { texts } from "./language.ts";

/** How many tasks are drawn. */
const ROWS = 60;
/** How many lines divide the time. */
const TICKS = [1, 2, 5];

interface Drawn {
  readonly name: HTMLElement;
  readonly state: HTMLElement;
  readonly track: HTMLElement;
  spans: number;
  marks: number;
  last: HTMLElement | null;
}

export class TimelineView {
  private readonly element = findScrolling("timeline");
  private readonly list = make("ol", "tasks");
  private readonly scale = make("div", "scale");
  private readonly more = make("p", "more");
  private readonly drawn = new Map<number, Drawn>();
  private scaled = 0;

  clear(): void {
    this.drawn.clear();
    this.list.replaceChildren();
    this.scaled = -1;
    this.element.replaceChildren(make("p", "more", texts().noTasks));
  }

  /** `now` is the end of the time that is shown, in seconds. */
  draw(timeline: Timeline, now: number): void {
    if (timeline.rows.size === 0) return;
    if (this.list.parentElement === null) this.element.replaceChildren(this.list, this.scale, this.more);
    const end = Math.max(now, timeline.end, 0.001);
    let count = 0;
    for (const [id, row] of timeline.rows) {
      if (++count > ROWS) break;
      this.drawRow(id, row, end);
    }
    this.more.textContent = count > ROWS ? texts().moreTasks(timeline.rows.size - ROWS) : "";
    this.element.style.setProperty("--end", String(end));
    if (end !== this.scaled) this.drawScale(end);
  }

  private drawRow(id: number, row: Row, end: number): void {
    const drawn = this.drawn.get(id) ?? this.add(id);
    if (drawn.name.textContent !== row.name) drawn.name.textContent = row.name;
    const words = wordsOf(row);
    if (drawn.state.textContent !== words) {
      drawn.state.textContent = words;
      drawn.state.className = `state ${row.state}`;
    }
    // The bar that was the last may have got its end.
    const before = row.spans[drawn.spans - 1];
    if (drawn.last !== null && before !== undefined) place(drawn.last, before.from, before.to ?? end);
    for (; drawn.spans < row.spans.length; drawn.spans++) {
      const span = row.spans[drawn.spans] as Span;
      drawn.last = null;
      if (isDone(span.state)) continue;
      drawn.last = make("i", span.state);
      if (span.text !== "") drawn.last.title = span.state === "waiting" ? texts().waitsFor(span.text) : span.text;
      place(drawn.last, span.from, span.to ?? end);
      drawn.track.append(drawn.last);
    }
    for (; drawn.marks < row.marks.length; drawn.marks++) {
      const { at, what, text } = row.marks[drawn.marks] as Mark;
      const mark = make("b", what);
      mark.title = text === "" ? texts()[what] : `${texts()[what]}: ${text}`;
      place(mark, at, at);
      drawn.track.append(mark);
    }
  }

  private add(id: number): Drawn {
    const [name, state, track] = [make("span", "name"), make("span", "state"), make("span", "track")];
    track.setAttribute("aria-hidden", "true");
    this.list.append(make("li", "", name, " ", state, track));
    const drawn = { name, state, track, spans: 0, marks: 0, last: null };
    this.drawn.set(id, drawn);
    return drawn;
  }

  /** About five lines, at round seconds. */
  private drawScale(end: number): void {
    this.scaled = end;
    const power = 10 ** Math.floor(Math.log10(end / 5));
    const step = (TICKS.find((tick) => tick * power * 5 >= end) ?? 10) * power;
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    const ticks: HTMLElement[] = [];
    for (let at = 0; at <= end + step / 1000; at += step) {
      const tick = make("span", "", `${at.toFixed(digits)} s`);
      place(tick, at, at);
      ticks.push(tick);
    }
    this.scale.replaceChildren(...ticks);
  }
}

function place(element: HTMLElement, from: number, to: number): void {
  element.style.setProperty("--from", String(from));
  element.style.setProperty("--to", String(to));
}

function isDone(state: State): boolean {
  return state === "returned" || state === "failed" || state === "cancelled";
}

function wordsOf({ state, last, error }: Row): string {
  if (state === "waiting") return texts().waitsFor(last?.text ?? "");
  return state === "failed" && error !== "" ? `${texts().failed}: ${error}` : texts()[state];
}
