// What travels: values, names, and what was not made by us.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { ValueError } from "tsyncio";
import { describe, expect, it } from "vitest";
import type { Claim, Engine, Outcome, WorkerListener } from "../../src/engine/engine.ts";
import { failedReason, outcomeOfFailure } from "../../src/engines/outcomes.ts";
import { functionName, moduleName } from "../../src/wire/names.ts";
import { errorFromText, errorToText, fromText, toText } from "../../src/wire/values.ts";
import { ModuleFunctions } from "../../src/worker/functions.ts";
import { TaskRunner } from "../../src/worker/taskRunner.ts";
import { Worker } from "../../src/worker/worker.ts";
import * as jobs from "../simulated.ts";

const LIMIT = 1 << 20;
const there = (value: unknown): unknown => fromText(toText(value, "it", LIMIT), "it", LIMIT);

describe("a value", () => {
  it("comes back as it was, whatever it is made of", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, undefined, true, -0, Number.NaN, Number.POSITIVE_INFINITY),
        fc.double(),
        fc.string({ unit: "binary" }),
        fc.bigInt(),
        fc.date({ noInvalidDate: false }),
        fc.uint8Array(),
        fc.float64Array(),
        fc.array(tie("any")),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("$", "v", "__proto__", "toJSON", "then")), tie("any")),
        fc.array(fc.tuple(tie("any"), tie("any"))).map((pairs) => new Map(pairs)),
        fc.array(tie("any")).map((items) => new Set(items)),
      ),
    })).any;
    const property = fc.property(value, (given) => {
      expect(there(given)).toEqual(structuredClone(given));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("that cannot be sent is named", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = [deep];
    const wrong: [unknown, RegExp][] = [
      [() => 1, /a function/],
      [Symbol("s"), /a symbol/],
      [circle, /contains itself/],
      [deep, /nested more than 500/],
      [Promise.resolve(), /a Promise/],
      [new WeakMap(), /a WeakMap/],
      [new Proxy({}, {}), /a Proxy/],
      [new Uint8Array(new SharedArrayBuffer(1)), /shared memory/],
      [{ nested: [new Map([[1, (function* () {})()]])] }, /Generator/],
    ];
    for (const [value, text] of wrong) expect(() => toText(value, "the thing", LIMIT)).toThrow(text);
    expect(() => toText(circle, "the thing", LIMIT)).toThrow(/^the thing cannot be sent to another machine/);
  });

  it("is refused where it is too large, on both sides", () => {
    expect(() => toText("x".repeat(200), "an argument of f()", 100)).toThrow(
      /202 bytes as it is sent, and at most 100/,
    );
    expect(() => fromText(JSON.stringify("x".repeat(200)), "the result", 100)).toThrow(ValueError);
    expect(toText("x".repeat(98), "it", 100)).toHaveLength(100);
    expect(() => toText("한".repeat(40), "it", 100)).toThrow("122 bytes");
  });

  it("that is malformed is a ValueError, and changes nothing", () => {
    const forged = [
      "no JSON",
      '{"$":"no such tag"}',
      '{"$":5}',
      '{"$":"bigint","v":"1e9"}',
      '{"$":"bigint","v":7}',
      '{"$":"date","v":"today"}',
      '{"$":"map","v":[1]}',
      '{"$":"map","v":[[1,2,3]]}',
      '{"$":"set","v":{}}',
      '{"$":"bytes","v":"*"}',
      '{"$":"array","of":"constructor","v":""}',
      '{"$":"array","of":"Float64Array","v":"AA=="}',
      '{"$":"regexp","v":["(",""]}',
      '{"$":"object","v":[[1,2]]}',
      '{"$":"error","v":{"root":0,"records":[],"lists":[]}}',
      '{"$":"error","v":{"root":["x"],"records":[{"name":1}],"lists":[]}}',
      `${"[".repeat(5000)}${"]".repeat(5000)}`,
    ];
    for (const text of forged) expect(() => fromText(text, "it", LIMIT), text).toThrow(ValueError);
    const polluting = fromText('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}', "it", LIMIT);
    expect(Object.getPrototypeOf(polluting)).toBe(Object.prototype);
    expect(Object.keys(polluting as object)).toEqual(["__proto__", "constructor"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("any text is a value or a ValueError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          fromText(text, "it", LIMIT);
        } catch (error) {
          expect(error).toBeInstanceOf(ValueError);
        }
      }),
    );
  });
});

describe("an error", () => {
  it("keeps circles of causes, and stands readable in the queue", () => {
    const error = Object.assign(new RangeError("out of\nrange"), { code: "E1" });
    error.cause = error;
    const reason = failedReason(errorToText(error, LIMIT));
    expect(reason.split("\n")[0]).toBe("RangeError: out of range");
    const [kind, text] = outcomeOfFailure(reason);
    const back = errorFromText(text, "f()", LIMIT) as RangeError & { code: string };
    expect([kind, back.message, back.code, back.cause]).toEqual(["error", "out of\nrange", "E1", back]);
    expect(back).toBeInstanceOf(RangeError);
    expect(back.stack).toMatch(/wire\.test\.ts[\s\S]*\n {4}in f\(\)$/);
  });

  it("that is too large goes as its name and its beginning", () => {
    const error = new ValueError("x".repeat(5000));
    const back = errorFromText(errorToText(error, 4000), "f()", 4000) as Error;
    expect([back.name, back.message.length < 2000]).toEqual(["ValueError", true]);
  });

  it("of the engine's own is BrokenExecutor's text", () => {
    expect(outcomeOfFailure("job stalled more than allowable limit")[0]).toBe("broken");
  });
});

describe("the name of a function", () => {
  it("has the package and the path inside it, wherever the package lies", () => {
    const folder = mkdtempSync(join(tmpdir(), "tsyncio-names-"));
    const inner = join(folder, "src", "inner");
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"name":"@scope/mine"}');
    writeFileSync(join(inner, "package.json"), '{"type":"module"}');
    const url = pathToFileURL(join(inner, "jobs.js")).href;
    expect(functionName(moduleName(url), "f")).toBe("@scope/mine/src/inner/jobs.js#f");
    rmSync(folder, { recursive: true });
  });

  it("is found only in the modules that the worker was started with", () => {
    const url = new URL("../simulated.ts", import.meta.url).href;
    const functions = new ModuleFunctions([url]);
    expect(functions.find("tsyncio-cluster/test/simulated.ts#add")).toEqual({ url, name: "add" });
    expect(() => functions.find("tsyncio-cluster/src/worker/runJob.ts#runJob")).toThrow(
      /asks for "tsyncio-cluster\/src\/worker\/runJob\.ts#runJob", and the worker .* only .*simulated\.ts#double/,
    );
    expect(() => functions.find("constructor")).toThrow(/asks for/);
    expect(jobs.add).toBeTypeOf("function");
  });
});

describe("a forged job is refused and reported", () => {
  const good = {
    fn: "tsyncio-cluster/test/simulated.ts#add",
    args: "[1,2]",
    many: false,
    build: null,
    retries: 0,
    timeout: null,
    retention: 3600,
  };
  const forged: [string, unknown][] = [
    ["nothing", null],
    ["text", "rm -rf"],
    ["a job of another submitter", { to: "a@b" }],
    ["an unknown function", { ...good, fn: "fs/promises#rm" }],
    ["no function", { ...good, fn: 5 }],
    ["retries below 0", { ...good, retries: -1 }],
    ["a retention that is no number", { ...good, retention: "1" }],
    ["arguments that are too large", { ...good, args: "x".repeat(LIMIT + 1) }],
    ["another build", { ...good, build: "other" }],
  ];
  it.each(forged)("%s", (_name, data) => {
    const finished: [string, Outcome, boolean][] = [];
    const errors: unknown[] = [];
    let listener: WorkerListener | undefined;
    const engine = {
      worker: (given: WorkerListener) => {
        listener = given;
        return { finish: (...how: [string, Outcome, boolean]) => finished.push(how), later: () => () => {} };
      },
    } as unknown as Engine;
    new Worker(engine, {
      functions: new ModuleFunctions([new URL("../simulated.ts", import.meta.url).href]),
      runner: new TaskRunner(LIMIT),
      build: "this",
      sizeLimit: LIMIT,
      slots: 1,
      lock: 1,
      rate: null,
      onError: (error) => errors.push(error),
    });
    listener?.run({ key: "k", id: "1", attempt: 1, data } satisfies Claim);
    expect([finished.length, errors.length]).toEqual([1, 1]);
    expect(finished[0]?.[1][0]).toBe("error");
    expect(finished[0]?.[2]).toBe(false);
  });
});
