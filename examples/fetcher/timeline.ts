/** A picture of which fetch ran when: a row for each slot, time from left to right. */

import type { Fetch } from "./journal.ts";

export type Mark = "even" | "odd" | "failed" | "timed out" | "cancelled" | "pause";

export const glyphs: Readonly<Record<Mark, string>> = {
  even: "█",
  odd: "▓",
  failed: "x",
  "timed out": "░",
  cancelled: "╳",
  pause: "·",
};

export const legend = [
  `${glyphs.even}${glyphs.odd} answered (the shade changes from one fetch to the next)`,
  `${glyphs.failed} failed`,
  `${glyphs["timed out"]} no answer in time`,
  `${glyphs.pause} pause before the next try`,
  `${glyphs.cancelled} cancelled`,
];

const MAX_ROWS = 40;
/** The number of the slot, and the frame. */
const MARGIN = 7;

interface Segment {
  begin: number;
  end: number;
  mark: Mark;
}

export interface TimelineOptions {
  /** Columns of the terminal. */
  width: number;
  /** Seconds of the loop's clock: where the picture begins and ends. */
  begin: number;
  end: number;
  /** Sets the colour of a cell. */
  paint?: (text: string, mark: Mark) => string;
}

/** The lines of the picture: at most 40 slots, and the axis. Where there are more, some are left out evenly. */
export function timeline(fetches: readonly Fetch[], options: TimelineOptions): string[] {
  const { begin, end } = options;
  const columns = Math.max(20, options.width - MARGIN);
  const seconds = Math.max(end - begin, 1e-3) / columns;
  const slots = bySlot(fetches);
  const step = Math.max(1, slots.length / MAX_ROWS);
  const lines: string[] = [];
  for (let i = 0; Math.floor(i) < slots.length && lines.length < MAX_ROWS; i += step) {
    const slot = Math.floor(i);
    const cells = row(slots[slot] ?? [], begin, end, seconds, columns);
    lines.push(`${String(slot + 1).padStart(4)} ▕${paintRow(cells, options.paint ?? ((text) => text))}▏`);
  }
  return [...lines, axis(seconds, columns)];
}

function bySlot(fetches: readonly Fetch[]): Fetch[][] {
  const slots: Fetch[][] = [];
  for (const fetch of fetches) {
    while (slots.length <= fetch.slot) slots.push([]);
    slots[fetch.slot]?.push(fetch);
  }
  return slots;
}

/** For each cell the mark that covers most of it; null where nothing ran. */
function row(fetches: Fetch[], begin: number, end: number, seconds: number, columns: number): (Mark | null)[] {
  const cells: (Mark | null)[] = new Array(columns).fill(null);
  const covered: number[] = new Array(columns).fill(0);
  for (const [index, fetch] of fetches.entries()) {
    for (const segment of segments(fetch, index % 2 === 0 ? "even" : "odd", end)) {
      const from = Math.max(0, Math.floor((segment.begin - begin) / seconds));
      const to = Math.min(columns - 1, Math.floor((segment.end - begin) / seconds));
      for (let cell = from; cell <= to; cell++) {
        const left = begin + cell * seconds;
        const overlap = Math.min(segment.end, left + seconds) - Math.max(segment.begin, left);
        if (overlap <= (covered[cell] ?? 0)) continue;
        covered[cell] = overlap;
        cells[cell] = segment.mark;
      }
    }
  }
  return cells;
}

/** The tries of a fetch, and the pauses between them. */
function* segments(fetch: Fetch, answered: Mark, now: number): Generator<Segment, void> {
  let last = fetch.begin;
  for (const attempt of fetch.tries) {
    if (attempt.begin > last) yield { begin: last, end: attempt.begin, mark: "pause" };
    last = Number.isNaN(attempt.end) ? now : attempt.end;
    yield { begin: attempt.begin, end: last, mark: attempt.outcome === "ok" ? answered : attempt.outcome };
  }
}

/** Neighbours with the same mark are painted at once. */
function paintRow(cells: (Mark | null)[], paint: (text: string, mark: Mark) => string): string {
  let line = "";
  for (let i = 0; i < cells.length; ) {
    const mark = cells[i] ?? null;
    let next = i + 1;
    while (next < cells.length && cells[next] === mark) next++;
    line += mark === null ? " ".repeat(next - i) : paint(glyphs[mark].repeat(next - i), mark);
    i = next;
  }
  return line;
}

/** Seconds below the picture, at round distances. */
function axis(seconds: number, columns: number): string {
  const unit = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600].find((u) => u / seconds >= 10) ?? 3600;
  let line = "";
  for (let time = 0; ; time += unit) {
    const label = `${Number(time.toFixed(1))} s`;
    const column = Math.round(time / seconds);
    if (column + label.length > columns + 1) return `${" ".repeat(MARGIN - 1)}${line}`;
    line = line.padEnd(column) + label;
  }
}
