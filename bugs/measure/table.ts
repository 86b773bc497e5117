/** The figures as a table: for the terminal, and for the guide. */

import { markdownTable, writeTables } from "../../scripts/lib/readme.mjs";
import { type Counts, type Figures, median } from "./measure.ts";

const GUIDES = { en: "docs/bugs.md", ko: "docs/bugs.ko.md" } as const;
type Language = keyof typeof GUIDES;

const WORDS = {
  en: {
    bug: "bug",
    finds: "failure",
    deviations: "deviations",
    speed: "schedules/s",
    kinds: {} as Record<string, string>,
  },
  ko: {
    bug: "버그",
    finds: "실패 유형",
    deviations: "기본 순서와 다른 선택",
    speed: "초당 스케줄",
    kinds: {
      error: "오류",
      deadlock: "교착 상태",
      "lost exception": "유실된 예외",
      "leaked task": "남겨진 태스크",
      "swallowed cancellation": "삼켜진 취소",
    } as Record<string, string>,
  },
};

/** For the terminal. */
export function plainTable(figures: readonly Figures[]): string {
  const rows = tableOf(figures, "en", false);
  const widths = (rows[0] as string[]).map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Puts the table into both guides. Returns the files it has changed. */
export function writeGuides(figures: readonly Figures[]): string[] {
  const table = (language: Language): string => markdownTable(tableOf(figures, language, true));
  return writeTables("bugs", { en: table("en"), ko: table("ko") }, GUIDES);
}

function tableOf(figures: readonly Figures[], language: Language, links: boolean): string[][] {
  const words = WORDS[language];
  const strategies = [...(figures[0]?.alone.keys() ?? [])];
  const head = [words.bug, words.finds, ...strategies, words.deviations, words.speed];
  const rows = figures.map(({ bug, alone, busy, deviations, schedulesPerSecond }) => {
    const url = /https:\S*[^\s.,;)]/.exec(bug.source)?.[0];
    return [
      links && url !== undefined ? `[${bug.name}](${url})` : bug.name,
      words.kinds[bug.finds] ?? bug.finds,
      ...strategies.map((name) => cell(alone.get(name), busy.get(name))),
      String(deviations ?? "–"),
      twoFigures(schedulesPerSecond),
    ];
  });
  return [head, ...rows];
}

function cell(alone: Counts | undefined, busy: Counts | undefined): string {
  return busy === undefined ? text(alone) : `${text(alone)} / ${text(busy)}`;
}

function text(counts: Counts | undefined): string {
  return median(counts ?? [])?.toLocaleString("en-US") ?? "–";
}

/** A measured speed is worth no more. */
function twoFigures(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString("en-US");
}
