// What the examples of tsyncio/testing find, without the timelines: those are tested with the library.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main as cacheStampede } from "./cacheStampede.ts";
import { main as staleAnswer } from "./staleAnswer.ts";

let printed: string[] = [];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: unknown) => void printed.push(...String(text).split("\n")));
});
afterEach(() => vi.restoreAllMocks());

/** The headings, what was found, and each choice that is not the default. */
function findings(): string[] {
  return (
    printed
      .filter((line) => /^(---|no failure)|\(\w+\)$|^ {2}> +\d|^ {2}Error:/.test(line))
      // Not all runtimes put the class before a method's name.
      .map((line) =>
        line
          .trim()
          .replace(/^> +\d+ +/, "> ")
          .replace(/\w+\.(\w+\(\))/g, "$1")
          .replace(/ +/g, " "),
      )
  );
}

describe("the examples of testing", () => {
  it("staleAnswer: finds the order that shows the wrong answer, and none once that is repaired", () => {
    staleAnswer();
    expect(findings()).toEqual([
      "--- SearchBox, orders by chance",
      "the program fails (error)",
      "> 0.0500 teapot type() comes before tea type()",
      "Error: the box shows results for tea",
      "--- CarefulBox, orders by chance",
      "no failure in 1000 schedules, 40 of them different",
      "--- CarefulBox, every order that there is",
      "no failure in 42 schedules; complete: true",
    ]);
  });

  it("cacheStampede: finds what is wrong with two of three caches", () => {
    cacheStampede();
    expect(findings()).toEqual([
      "--- Naive",
      "an invariant can be broken (invariant)",
      "> 0.0000 Task-1 visits() comes before Ann visit()",
      "Error: the server was asked 2 times",
      "--- Shared",
      "no failure in 1000 schedules, 18 of them different",
      "--- Shared, one task cancelled at any of its waits",
      "the program fails (error)",
      "> 0.0000 (explore) cancels the task above, where it waits",
      "Error: one has left, and both are gone",
      "--- Shielded",
      "no failure in 1000 schedules, 19 of them different",
      "--- Shielded, one task cancelled at any of its waits",
      "no failure in 1000 schedules, 75 of them different",
    ]);
  });
});
