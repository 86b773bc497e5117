import { describe, expect, it } from "vitest";
import { CASES } from "./differences.ts";
import { DEFAULT_FILES, readCases } from "./files.ts";
import { BadProgram, check, execute, parseCases, passed, sideBySide } from "./index.ts";
import type { Body, Case, Json, Program } from "./program.ts";

const CASES_OF_FILES = DEFAULT_FILES.flatMap((file) => readCases(file));

/** The logged values of a program whose main is this body. */
async function logs(body: Body, more: Partial<Program> = {}): Promise<Json[][]> {
  const trace = await execute({ ...more, funcs: { main: { kind: "async", body }, ...more.funcs } });
  return trace.filter((event) => event[2] === "log").map((event) => event.slice(3));
}

const failing: Case = {
  id: "wrong-on-purpose",
  why: "shows what a difference looks like",
  program: {
    funcs: {
      main: {
        kind: "async",
        body: [
          ["log", "a", 1],
          ["return", 2],
        ],
      },
    },
  },
  trace: [
    [0, "main", "log", "a", 7],
    [0, "main", "end", "return", 2],
  ],
};

describe("the language", () => {
  it("takes an empty list, 0 and an empty string for false", async () => {
    const value = (e: Json) => ["or", e, "false"];
    const body = [["log", "x", value(["list"]), value(0), value(""), value(["list", 0]), ["and", 1, ["list"], 2]]];
    expect(await logs(body)).toEqual([["x", "false", "false", "false", [0], []]]);
  });

  it("compares lists item by item and opaque objects by identity", async () => {
    const body = [
      ["set", "l", ["Lock"]],
      ["log", "x", ["==", ["list", 1, ["list", "a"]], ["list", 1, ["list", "a"]]], ["==", ["Lock"], ["Lock"]]],
      ["log", "y", ["in", "$l", ["list", ["Lock"], "$l"]], ["<", ["list", 1, 2], ["list", 1, 3]]],
    ];
    expect(await logs(body)).toEqual([
      ["x", true, false],
      ["y", true, true],
    ]);
  });

  it("drops the exception under way when finally returns", async () => {
    const body = [["try", [["raise", ["exc", "ErrA", "lost"]]], [], null, [["return", 5]]]];
    const trace = await execute({ funcs: { main: { kind: "async", body } } });
    expect(trace).toContainEqual([0, null, "outcome", "return", 5]);
  });

  it("does not send errors of the else block to the handlers, and runs finally after them", async () => {
    const raising = [["raise", ["exc", "ErrA", "from else"]]];
    const inner = ["try", [["pass"]], [[["ErrA"], null, [["log", "handler"]]]], raising, [["log", "finally"]]];
    const body = [["try", [inner], [[["ErrA"], "e", [["log", "outer", "$e"]]]]]];
    expect(await logs(body)).toEqual([["finally"], ["outer", { exc: ["ErrA", "from else"] }]]);
  });

  it.each(["CancelledError", "KeyboardInterrupt", "SystemExit"])("does not catch %s as an Exception", async (name) => {
    const handlers: Json = [
      [["Exception"], null, [["log", "Exception"]]],
      [["BaseException"], null, [["log", "BaseException"]]],
    ];
    expect(await logs([["try", [["raise", ["exc", name]]], handlers]])).toEqual([["BaseException"]]);
  });

  it("catches by the hierarchy of Python's exceptions", async () => {
    const caught = async (raised: string, handler: string) => {
      const handlers: Json = [
        [[handler], null, [["log", true]]],
        [["BaseException"], null, [["log", false]]],
      ];
      return (await logs([["try", [["raise", ["exc", raised]]], handlers]]))[0]?.[0];
    };
    expect(await caught("ErrB", "ErrA")).toBe(true);
    expect(await caught("ErrA", "ErrB")).toBe(false);
    expect(await caught("BrokenBarrierError", "RuntimeError")).toBe(true);
    expect(await caught("IndexError", "LookupError")).toBe(true);
    expect(await caught("InvalidStateError", "RuntimeError")).toBe(false);
    expect(await caught("TypeError", "Exception")).toBe(true);
  });

  it("raises again in a handler, and RuntimeError where nothing is handled", async () => {
    const again = ["try", [["raise", ["exc", "ErrA", "x"]]], [[["ErrA"], null, [["raise"]]]]];
    const show = (body: Json) => ["try", [body], [[["Exception"], "e", [["log", "$e"]]]]];
    expect(await logs([show(again), show(["raise"])])).toEqual([
      [{ exc: ["ErrA", "x"] }],
      [{ exc: ["RuntimeError", "No active exception to reraise"] }],
    ]);
  });

  it("keeps the cause of an exception", async () => {
    const raise = ["raise", ["exc", "ErrA", "x"], ["exc", "ErrB", "y"]];
    const body = [["try", [raise], [[["ErrA"], "e", [["log", ["cause", "$e"]]]]]]];
    expect(await logs(body)).toEqual([[{ exc: ["ErrB", "y"] }]]);
  });

  it("leaves context managers by break and return with null, by an error with the error", async () => {
    const cms: Program["cms"] = { C: { params: [], enter: [], exit: [["log", "exit", "$exc"]] } };
    const inC = (body: Json) => ["async_with", ["cm", "C"], null, [body]];
    const body = [
      ["for", "i", ["list", 1, 2], [inC(["break"])]],
      ["try", [inC(["raise", ["exc", "ErrA", "x"]])], [[["ErrA"], null, []]]],
      inC(["return", 1]),
    ];
    expect(await logs(body, { cms })).toEqual([
      ["exit", null],
      ["exit", { exc: ["ErrA", "x"] }],
      ["exit", null],
    ]);
  });

  it("refuses unknown operations and exception types", async () => {
    await expect(logs([["no_such_thing"]])).rejects.toThrow(BadProgram);
    await expect(logs([["try", [], [[["NoSuchError"], null, []]]]])).rejects.toThrow("NoSuchError");
  });

  it("ends a program that does not end", async () => {
    const outcome = await check({
      ...failing,
      program: { funcs: { main: { kind: "async", body: [["while", 1, []]] } } },
    });
    expect(passed(outcome)).toBe(false);
    expect(outcome.failure).toContain("steps");
  });
});

describe("comparing", () => {
  it("finds the first event that differs, and events that are too many", async () => {
    expect((await check(failing)).difference).toBe(0);
    const trace = await execute(failing.program);
    expect((await check({ ...failing, trace: trace.slice(0, -1) })).difference).toBe(trace.length - 1);
    expect(passed(await check({ ...failing, trace }))).toBe(true);
  });

  it("shows both traces side by side with the reason of the case", async () => {
    const text = sideBySide(await check(failing), 80);
    expect(text).toContain("shows what a difference looks like");
    expect(text).toMatch(/!0 +\[0,"main","log","a",7\] +\| \[0,"main","log","a",1\]/);
    expect(text).toMatch(/^ 1 +\[0,"main","end","return",2\]/m);
  });

  it("lists only cases whose trace does differ as differing on purpose", async () => {
    const listed = CASES_OF_FILES.filter((test) => Object.hasOwn(CASES, test.id));
    expect(listed.map((test) => test.id).sort()).toEqual(Object.keys(CASES).sort());
    for (const test of listed) {
      expect((await check(test)).difference, test.id).not.toBeNull();
    }
  });

  it("names the line that is no case", () => {
    const good = JSON.stringify(failing);
    expect(parseCases(`${good}\n\n${good}\n`)).toHaveLength(2);
    expect(() => parseCases(`${good}\nnonsense\n`)).toThrow("line 2");
    expect(() => parseCases('{"id": "x", "trace": []}')).toThrow('"program" is missing');
  });
});
