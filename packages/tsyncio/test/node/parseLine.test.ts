/** The lines of stacks as the engines write them: not to be had from Node, so the parser itself is called. */

import { expect, it } from "vitest";
import { parseLine } from "../../src/diagnostics/stack.ts";

const samples: [engine: string, line: string, name: string, file: string, line_: number, column: number][] = [
  ["V8", "    at fetchAll (file:///app/main.ts:12:34)", "fetchAll", "/app/main.ts", 12, 34],
  ["V8", "    at fetchAll (/app/main.cjs:12:34)", "fetchAll", "/app/main.cjs", 12, 34],
  ["V8", "    at Session.get (file:///app/main.ts:12:34)", "Session.get", "/app/main.ts", 12, 34],
  ["V8", "    at Session.get [as fetch] (file:///app/a.ts:1:2)", "Session.get [as fetch]", "/app/a.ts", 1, 2],
  ["V8", "    at Object.main (file:///app/main.ts:1:2)", "main", "/app/main.ts", 1, 2],
  ["V8", "    at new Session (file:///app/main.ts:1:2)", "new Session", "/app/main.ts", 1, 2],
  ["V8", "    at async load (file:///app/main.ts:1:2)", "load", "/app/main.ts", 1, 2],
  ["V8", "    at file:///app/main.ts:3:4", "<anonymous>", "/app/main.ts", 3, 4],
  ["V8", "    at async file:///app/main.ts:3:4", "<anonymous>", "/app/main.ts", 3, 4],
  ["V8", "    at main (file:///C:/app/main.ts:3:4)", "main", "C:/app/main.ts", 3, 4],
  ["V8", "    at main (C:\\app\\main.cjs:3:4)", "main", "C:\\app\\main.cjs", 3, 4],
  ["V8", "    at main (https://example.org/a.js?v=1:3:4)", "main", "https://example.org/a.js?v=1", 3, 4],
  ["V8", "    at f (<anonymous>)", "f", "<anonymous>", 0, 0],
  ["V8", "    at run (/app/with space (1)/a.cjs:3:4)", "run", "/app/with space (1)/a.cjs", 3, 4],
  ["Bun", "      at fetchAll (/app/main.ts:12:34)", "fetchAll", "/app/main.ts", 12, 34],
  ["Bun", "      at <anonymous> (/app/main.ts:12:34)", "<anonymous>", "/app/main.ts", 12, 34],
  ["JavaScriptCore", "fetchAll@https://example.org/app.js:12:34", "fetchAll", "https://example.org/app.js", 12, 34],
  ["JavaScriptCore", "@https://example.org/app.js:12:34", "<anonymous>", "https://example.org/app.js", 12, 34],
  ["JavaScriptCore", "module code@file:///app/main.js:1:2", "module code", "/app/main.js", 1, 2],
  ["JavaScriptCore", "global code", "", "", 0, 0],
  ["SpiderMonkey", "fetchAll@https://example.org/app.js:12:34", "fetchAll", "https://example.org/app.js", 12, 34],
  ["SpiderMonkey", "main/inner<@https://example.org/app.js:5:6", "main/inner<", "https://example.org/app.js", 5, 6],
  ["SpiderMonkey", "async*load@https://example.org/app.js:5:6", "load", "https://example.org/app.js", 5, 6],
];

it.each(samples)("a line of %s is read: %s", (_, text, name, file, line, column) => {
  expect(parseLine(text)).toEqual(name === "" ? null : { name, file, line, column });
});
