/** Programs that have replaced or frozen built-ins are shown all the same, or refused with the names of those. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { listens, Running, tsyncio } from "./support.ts";

const program = fileURLToPath(new URL("../programs/changed.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tsyncio-builtins-"));
afterAll(() => rmSync(folder, { recursive: true }));

const THROWS = `() => { throw new Error("replaced\\nby the program") }`;

const shown: Record<string, string> = {
  "clocks that stand still": `
    performance.now = () => 5;
    Date.now = () => 0;
    process.hrtime = { bigint: () => 0n };`,
  "a clock that shows no number": "performance.now = () => NaN; delete process.hrtime",
  "timers that never go off, as those of tests": `
    const timers = process.getBuiltinModule("node:timers");
    for (const name of ["setTimeout", "setInterval", "setImmediate", "clearTimeout"]) {
      globalThis[name] = timers[name] = () => ({ unref() {} });
    }`,
  "a toJSON() on each prototype": `
    for (const { prototype } of [Object, Array, String, Number, BigInt, Date, Map, Set, Error]) {
      prototype.toJSON = () => "replaced";
    }`,
  "another JSON": `JSON.stringify = JSON.parse = ${THROWS}`,
  "another process, as bundlers add": "globalThis.process = { env: {} }",
  "a process that throws": `Object.defineProperty(globalThis, "process", { get: ${THROWS} })`,
  "another Promise": "globalThis.Promise = class {}",
  "properties of all objects and arrays": "Object.prototype.more = Array.prototype.more = 1",
  "an Error.prepareStackTrace that throws": `Error.prepareStackTrace = ${THROWS}`,
  "no limit of stacks": "delete Error.stackTraceLimit",
  "a limit of stacks that cuts all": "Error.stackTraceLimit = 0",
  "a class Error of its own": "const Own = Error; globalThis.Error = class Error extends Own {}",
  "a frozen Error": "Object.freeze(Error)",
  "a frozen globalThis": "Object.freeze(globalThis)",
};

const COMMANDS = ["why", "top", "record"];

const refused: Record<string, { code: string; names: string; by?: readonly string[] }> = {
  "the iteration of arrays": {
    code: `Array.prototype[Symbol.iterator] = ${THROWS}`,
    names: "Array.prototype[Symbol.iterator]",
  },
  "the methods of functions": {
    code: `Function.prototype.call = Function.prototype.apply = Function.prototype.bind = ${THROWS}`,
    names: "Function.prototype.apply, Function.prototype.bind, Function.prototype.call",
    by: ["top", "record"],
  },
  "methods of arrays": {
    code: `Array.prototype.map = Array.prototype.push = ${THROWS}`,
    names: "Array.prototype.push, Array.prototype.map",
  },
  "methods of maps": { code: `Map.prototype.get = ${THROWS}`, names: "Map.prototype.get" },
  "methods of sets": { code: `Set.prototype.add = ${THROWS}`, names: "Set.prototype.add" },
  "methods of texts": { code: `String.prototype.split = ${THROWS}`, names: "String.prototype.split" },
  Reflect: { code: `Reflect.set = ${THROWS}`, names: "Reflect.set" },
  "Symbol.for": { code: `Symbol.for = ${THROWS}`, names: "Symbol.for" },
  Error: { code: "globalThis.Error = class Error { constructor() { throw 1 } }", names: "Error" },
};

describe.runIf(process.platform === "linux")("a program that has", () => {
  it.each(Object.entries(shown))("%s is shown as any other", async (_, code) => {
    await using running = await Running.node(program, code);
    const pid = String(running.pid);
    const file = join(folder, `${pid}.jsonl`);
    const [why, top, record] = await Promise.all([
      tsyncio("why", pid, "waits"),
      tsyncio("top", pid, "--seconds", "0.3", "--every", "0.2"),
      tsyncio("record", pid, "-o", file, "--seconds", "0.3"),
    ]);
    for (const { code, stderr } of [why, top, record]) expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { stdout } = await tsyncio("tree", file);
    for (const text of [why.stdout, stdout]) {
      expect(text).toMatch(/waits waits for set of <Event .*\n +at waits \(.*changed\.ts:\d+:\d+\)/);
    }
    expect(top.stdout).toMatch(
      / > 0\.\d s {2}waiting {3}waits waits for set of <Event .*, at waits \(.*changed\.ts:\d+/,
    );
    expect(running.alive()).toBe(true);
  });

  it.each(Object.entries(refused))(
    "replaced %s by what throws is told so",
    async (_, { code, names, by = COMMANDS }) => {
      await using running = await Running.node(program, code);
      for (const name of by) {
        const output = name === "record" ? ["-o", join(folder, "refused.jsonl")] : [];
        const { code, stdout, stderr } = await tsyncio(name, String(running.pid), ...output);
        expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
        expect(stderr).toMatch(/^tsyncio: [^\n]*\n$/);
        expect(stderr).toContain(`. Its program has replaced ${names}\n`);
      }
      expect(running.alive()).toBe(true);
      expect(listens(running)).toBe(false);
    },
  );

  it("an Error that captures no stacks is shown without them, and with the reason", async () => {
    await using running = await Running.node(program, `Error.prepareStackTrace = () => "no stack"`);
    expect(await tsyncio("tree", String(running.pid))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /waits waits for set of <Event [\s\S]*No stacks are shown .*Its program has replaced Error\.prepareStackTrace\n$/,
      ),
    });
  });

  it("been started with --frozen-intrinsics has stacks", async () => {
    await using running = await Running.node("--frozen-intrinsics", program, "");
    expect(await tsyncio("why", String(running.pid), "waits")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/waits waits for set of <Event .*\n +at waits \(.*changed\.ts:\d+:\d+\)/),
    });
  });
});
