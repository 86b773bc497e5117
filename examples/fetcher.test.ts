import { expect, it } from "vitest";
import type { Fetch } from "./fetcher/journal.ts";
import { Journal } from "./fetcher/journal.ts";
import { parseOptions, UsageError } from "./fetcher/options.ts";
import { progressLine } from "./fetcher/progress.ts";
import { timeline } from "./fetcher/timeline.ts";

/** A fetch of one try. */
function fetch(slot: number, begin: number, end: number, outcome: "ok" | "failed" | "timed out" = "ok"): Fetch {
  return { url: "", slot, begin, end, outcome, reason: "", tries: [{ begin, end, outcome }] };
}

/** Without the number of the slot and the frame. */
function rows(lines: string[]): string[] {
  return lines.slice(0, -1).map((line) => line.slice(6, -1));
}

it("the timeline shows each fetch in the row of its slot, from its begin to its end", () => {
  const fetches = [fetch(0, 10, 15), fetch(1, 10, 12, "timed out"), fetch(1, 12, 20), fetch(0, 15, 18, "failed")];
  const lines = timeline(fetches, { width: 27, begin: 10, end: 20 });
  expect(lines).toEqual([
    "   1 ▕██████████xxxxxx    ▏", //
    "   2 ▕░░░░▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▏",
    "      0 s       5 s",
  ]);
});

it("the timeline shows the tries of a fetch, and the pauses between them", () => {
  const begin = 0;
  const tries = [
    { begin: 0, end: 5, outcome: "failed" as const },
    { begin: 7, end: 10, outcome: "ok" as const },
  ];
  const fetches: Fetch[] = [{ url: "", slot: 0, begin, end: 10, outcome: "ok", reason: "", tries }];
  expect(rows(timeline(fetches, { width: 27, begin, end: 10 }))).toEqual(["xxxxxxxxxx····██████"]);
});

it("a cell of the timeline shows what took most of its time", () => {
  const fetches = [fetch(0, 0, 0.4), fetch(0, 0.4, 1, "failed"), fetch(0, 1, 20)];
  expect(rows(timeline(fetches, { width: 27, begin: 0, end: 20 }))[0]).toBe("x███████████████████");
});

it("the timeline is as wide as the terminal, and has at most 40 slots", () => {
  const fetches = Array.from({ length: 1000 }, (_, slot) => fetch(slot, 0, 1));
  const lines = timeline(fetches, { width: 60, begin: 0, end: 1 });
  expect(lines).toHaveLength(41);
  expect(lines.every((line) => line.length <= 60)).toBe(true);
  expect(rows(lines)).toEqual(new Array(40).fill("█".repeat(53)));
});

it("the progress line is never longer than the terminal is wide", () => {
  const journal = new Journal(() => 0);
  for (let i = 0; i < 5; i++) journal.end(journal.begin("u"), "ok");
  expect(progressLine(journal, 10)).toBe("████████████░░░░░░░░░░░░ 5/10 done, 0 running, 0 retried, 0 lost, 0.0 s");
  expect(progressLine(journal, 10, 30)).toHaveLength(29);
});

it("a slot is the first that is free", () => {
  const journal = new Journal(() => 0);
  const first = journal.begin("a");
  const second = journal.begin("b");
  journal.end(first, "ok");
  expect([second.slot, journal.begin("c").slot, journal.begin("d").slot]).toEqual([1, 0, 2]);
});

it("options are numbers in their bounds", () => {
  expect(parseOptions([])).toEqual({ urls: 200, limit: 20, timeout: 0.8, seed: 1 });
  expect(parseOptions(["--urls", "5", "--limit=2", "--timeout", "0.5", "--seed", "-3"])).toEqual({
    urls: 5,
    limit: 2,
    timeout: 0.5,
    seed: -3,
  });
  expect(parseOptions(["--urls", "5", "--help"])).toBe("help");
});

it.each([
  [["--foo"], "unknown option --foo"],
  [["5"], "unknown option 5"],
  [["--toString", "1"], "unknown option --toString"],
  [["--urls"], "--urls needs a number after it"],
  [["--urls", "many"], '--urls expects a number from 1 to 100000, got "many"'],
  [["--urls", "1.5"], '--urls expects a number from 1 to 100000, got "1.5"'],
  [["--limit", "0"], '--limit expects a number of at least 1, without a fraction, got "0"'],
  [["--timeout", "-1"], '--timeout expects a number of seconds, above 0 and up to 3600, got "-1"'],
  [["--timeout", "NaN"], '--timeout expects a number of seconds, above 0 and up to 3600, got "NaN"'],
  [["--seed="], '--seed expects a number without a fraction, got ""'],
])("the command line %j is refused, and the message says what is wrong", (args, message) => {
  expect(() => parseOptions(args)).toThrow(new UsageError(message));
});
