/** `tsyncio top` in a terminal: keys, colours, and what it leaves behind. */

import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { cutTo, Screen } from "../../../src/cli/screen.ts";
import { widthOf } from "../../../src/inspect/width.ts";
import { printed, Running } from "./support.ts";
import { Terminal } from "./terminals.ts";

const programs = new URL("../programs/", import.meta.url);
const [program, hostile] = ["busy.ts", "hostileNames.ts"].map((name) => fileURLToPath(new URL(name, programs))) as [
  string,
  string,
];
const SIZE = { rows: 30, columns: 100 };
const [UP, DOWN, ENTER, ESCAPE] = ["\x1b[A", "\x1b[B", "\r", "\x1b"];

const topOf = (running: Running): string[] => ["top", String(running.pid), "--every", "0.3"];

describe.runIf(process.platform === "linux")("tsyncio top in a terminal", () => {
  it("sorts, filters, searches, opens a task, and restores the terminal", async () => {
    await using running = await Running.node(program);
    const top = new Terminal(SIZE, topOf(running));
    const ended = printed(top.child);
    await top.until(/WAITED.*by waited, all\)\n(?:.*\n)*.*holds waits for sleep/);
    expect(top.shown).toContain("\x1b[1mholds\x1b[0m");
    for (const line of top.picture) expect(line.length).toBeLessThanOrEqual(SIZE.columns);
    expect(top.picture.length).toBeLessThanOrEqual(SIZE.rows);
    top.press("s");
    await top.until(/by name, all\)\n.* blocks .*\n.* fills .*\n.* holds /);
    top.press("fff");
    await top.until(/by name, waiting/);
    top.press("/HOL");
    await top.until(/by name, waiting\) {2}\/HOL\n +>? *[\d.]+ s {2}waiting {3}holds [^\n]*\n*$/);
    top.press(`d\x7f${ENTER}${DOWN}`);
    await top.until(/\/HOL\n>.*holds/);
    top.press(ENTER);
    await top.until(
      /\nholds waits for sleep\(1000\), for > .*\n +at holds \(.*busy\.ts:\d+:\d+\)\nholds: a timer will wake it/,
    );
    top.press(ESCAPE);
    await top.until(/\/HOL\n>.*holds/);
    top.press(ESCAPE);
    await top.until(/by name, waiting\)\n/);
    top.press(`${UP}${DOWN}${DOWN}`);
    await top.until(/\n>/);
    top.press("q");
    const { code } = await ended;
    expect(code).toBe(0);
    // The cursor, and the screen that was there before.
    expect(top.shown.endsWith("\x1b[?25h\x1b[?1049l")).toBe(true);
    expect(running.alive()).toBe(true);
  });

  it("ends by Ctrl-C, as a key that is typed", async () => {
    await using running = await Running.node(program);
    const top = new Terminal(SIZE, topOf(running));
    const ended = printed(top.child);
    await top.until(/WAITED/);
    top.press("\x03");
    expect((await ended).code).toBe(0);
  });

  it.each([
    ["narrow", { rows: 20, columns: 20 }, 20],
    ["one that does not know its size", { rows: 0, columns: 0 }, 80],
  ])("is cut to the width, names of two columns a character too: %s", async (_, size, columns) => {
    await using running = await Running.node(hostile);
    const top = new Terminal(size, ["top", String(running.pid), "--every", "0.3"]);
    const ended = printed(top.child);
    await top.until(/WAITED/);
    top.press("/\ud55c\r");
    await top.until(/\n +(?:> )?[\d.]+ s {2}waiting/);
    for (const line of top.picture) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    top.press("q");
    expect((await ended).code).toBe(0);
  });

  it.each([
    ["NO_COLOR", { NO_COLOR: "1" }],
    ["FORCE_COLOR=0", { FORCE_COLOR: "0" }],
  ])("has no colours with %s", async (_, env) => {
    await using running = await Running.node(program);
    const top = new Terminal(SIZE, topOf(running), env);
    const ended = printed(top.child);
    await top.until(/WAITED.*by waited, all\)/);
    top.press("q");
    expect((await ended).code).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    expect(top.shown).not.toMatch(/\x1b\[\d*m/);
  });

  it("is shown picture after picture, without escape sequences, where the terminal knows none", async () => {
    await using running = await Running.node(program);
    const top = new Terminal(SIZE, [...topOf(running), "--seconds", "0.5"], { TERM: "dumb" });
    expect((await printed(top.child)).code).toBe(0);
    expect(top.shown).not.toContain("\x1b");
    expect(top.shown.split("WAITED  ").length).toBeGreaterThan(1);
  });
});

describe.runIf(process.platform === "linux")("tsyncio tree in a terminal", () => {
  it.each([
    ["colours", {}, true],
    ["none with NO_COLOR", { NO_COLOR: "1" }, false],
    ["none with FORCE_COLOR=0", { FORCE_COLOR: "0" }, false],
    ["none where TERM is dumb", { TERM: "dumb" }, false],
    ["colours where FORCE_COLOR asks for them", { TERM: "dumb", FORCE_COLOR: "1" }, true],
  ])("has %s, and the whole of each line", async (_, env, colours) => {
    await using running = await Running.node(program);
    const tree = new Terminal({ rows: 10, columns: 10 }, ["tree", String(running.pid)], env);
    expect((await printed(tree.child)).code).toBe(0);
    expect(tree.shown.includes("\x1b[1mholds\x1b[0m")).toBe(colours);
    expect(tree.shown.includes("\x1b")).toBe(colours);
    expect(stripVTControlCharacters(tree.shown)).toMatch(/ +at holds \(.*busy\.ts:\d+:\d+\)\r\n/);
  });
});

describe("a screen", () => {
  afterEach(() => void vi.unstubAllEnvs());

  /** What is shown of a line with colours. */
  const shown = (stream: { isTTY: boolean; columns?: number }, env: Record<string, string>): string => {
    for (const [name, value] of Object.entries({ NO_COLOR: "", FORCE_COLOR: "", TERM: "xterm", ...env })) {
      vi.stubEnv(name, value);
    }
    const out = Object.assign(new PassThrough({ encoding: "utf8" }), { columns: 80, ...stream });
    const screen = new Screen(out, "/app");
    screen.writeRows([`${screen.paint("name", "name")} at f (/app/main.ts:1:2)${"x".repeat(100)}`]);
    return out.read() as string;
  };

  it.each([
    ["a terminal", { isTTY: true }, {}, true],
    ["a pipe", { isTTY: false }, {}, false],
    ["a pipe, with FORCE_COLOR", { isTTY: false }, { FORCE_COLOR: "1" }, true],
    ["a terminal, with NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, false],
    ["a terminal, with both", { isTTY: true }, { NO_COLOR: "1", FORCE_COLOR: "1" }, true],
    ["a terminal, with FORCE_COLOR=0", { isTTY: true }, { FORCE_COLOR: "0" }, false],
    ["a terminal without escape sequences", { isTTY: true }, { TERM: "dumb" }, false],
  ])("is %s: a row is cut only in a terminal, and has colours where they are wanted", (_, stream, env, colours) => {
    const text = shown(stream, env);
    expect(text.startsWith(colours ? "\x1b[1mname\x1b[0m at f (main.ts:1:2)x" : "name at f (main.ts:1:2)x")).toBe(true);
    expect(widthOf(stripVTControlCharacters(text.trimEnd()))).toBe(stream.isTTY ? 80 : 123);
  });

  it("that does not know its size counts as one of 80 columns", () => {
    expect(widthOf(stripVTControlCharacters(shown({ isTTY: true, columns: 0 }, {}).trimEnd()))).toBe(80);
  });

  it.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "abcd…"],
    ["abcdef", 1, "…"],
    ["한글이름", 8, "한글이름"],
    ["한글이름", 7, "한글이…"],
    ["한글이름", 6, "한글…"],
    ["a\u0301b\u0301c", 3, "a\u0301b\u0301c"],
    ["\x1b[1mabcdef\x1b[0m", 4, "\x1b[1mabc…\x1b[0m"],
    ["\x1b[1mabc\x1b[0m", 3, "\x1b[1mabc\x1b[0m"],
  ])("cuts %j to %i columns", (line, columns, cut) => {
    expect(cutTo(line, columns)).toBe(cut);
    expect(widthOf(stripVTControlCharacters(cut))).toBeLessThanOrEqual(columns);
  });

  it.each([
    ["", 0],
    ["name", 4],
    ["이름", 4],
    ["이름".normalize("NFD"), 4],
    ["名前", 4],
    ["ｶﾅ", 2],
    ["ＡＢ", 4],
    ["é".normalize("NFD"), 1],
    ["🙂", 2],
    ["✅⏰", 4],
    ["✓→", 2],
    ["🇰🇷", 2],
    ["a\u200bb", 2],
  ])("shows %j in %i columns", (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });
});
