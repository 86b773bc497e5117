import {
  asyncWith,
  type Coroutine,
  coroutine,
  createTask,
  getRunningLoop,
  run,
  sleep,
  TaskGroup,
  virtualLoop,
} from "tsyncio";
import { beforeEach, describe, expect, it, vi } from "vitest";

/** What was written to the console. */
let written: unknown[][];

beforeEach(() => {
  written = [];
  const spy = vi.spyOn(console, "error").mockImplementation((...args: unknown[]) => {
    written.push(args);
  });
  return () => spy.mockRestore();
});

/** The lines that the console gets where a task fails so and no code asks; places differ between hosts. */
async function linesOf(fails: () => Coroutine<unknown>): Promise<string[]> {
  await run(
    (function* main() {
      createTask(fails(), { name: "failing" });
      yield* sleep(9);
    })(),
    { loopFactory: virtualLoop },
  );
  expect(written.map((args) => args.length)).toEqual([1]);
  return String(written[0]?.[0]).split("\n").map(bare);
}

const bare = (line: string): string =>
  line.replace(
    /^( +)(?:at (?:[\w$]+\.)?([\w$]+) \(.*\)|(\w+)@.*)$/,
    (_, indent, v8, other) => `${indent}at ${v8 ?? other}`,
  );

const HEAD = "Task exception was never retrieved";

describe("an exception that was not caught is written to the console", () => {
  it("on a line of its own, with the frames of the user and none of the runtime", async () => {
    const flat = coroutine(function* flat() {
      yield* sleep(1);
      yield* inner();
    });
    function* inner() {
      yield* sleep(1);
      throw new TypeError("lost");
    }
    function* outer() {
      yield* flat();
    }
    expect(await linesOf(outer)).toEqual([
      HEAD,
      'future: <Task finished exception=TypeError: lost name="failing">',
      "TypeError: lost",
      "    at inner",
      "    at flat",
      "    at outer",
    ]);
  });

  it("with its cause, also where causes go in a circle, and with what else it has", async () => {
    const lines = await linesOf(function* fails() {
      yield* sleep(1);
      const first = new Error("first");
      const second = Object.assign(new RangeError("second", { cause: first }), { code: "E2", size: 7 });
      first.cause = second;
      throw second;
    });
    expect(lines.slice(2)).toEqual([
      "RangeError: second",
      "    at fails",
      '    code: "E2"',
      "    size: 7",
      "  caused by Error: first",
      "      at fails",
      "    caused by RangeError: second",
    ]);
  });

  it("with all members of a group", async () => {
    function* child(error: unknown) {
      yield* sleep(1);
      throw error;
    }
    const lines = await linesOf(function* fails() {
      yield* asyncWith(new TaskGroup(), function* (group) {
        group.createTask(child(new Error("one")));
        group.createTask(child(new TypeError("two\nlines")));
      });
    });
    const members = lines.filter((line) => !/^ *at /.test(line));
    expect(members.slice(2)).toEqual([
      "ExceptionGroup: unhandled errors in a TaskGroup",
      "  - Error: one",
      "  - TypeError: two",
      "  lines",
    ]);
  });

  it("of a callback too", async () => {
    await run(
      (function* main() {
        getRunningLoop().callSoon(function callback() {
          throw new Error("in a callback");
        });
        yield* sleep(1);
      })(),
      { loopFactory: virtualLoop },
    );
    const lines = String(written[0]?.[0]).split("\n").map(bare);
    const at = lines.indexOf("Error: in a callback");
    expect(at).toBeGreaterThan(0);
    expect(lines[at + 1]).toBe("    at callback");
    expect(lines.filter((line) => /_run|_turn|runForever/.test(line))).toEqual([]);
  });

  it("as it is where it is no error", async () => {
    const thrown = { any: "thing" };
    await run(
      (function* main() {
        createTask(
          (function* () {
            throw thrown;
          })(),
        );
        yield* sleep(1);
      })(),
      { loopFactory: virtualLoop },
    );
    expect(written.length).toBe(1);
    expect(written[0]?.[1]).toBe(thrown);
    expect(String(written[0]?.[0])).toMatch(/\nexception:$/);
  });
});
