// The examples as programs of their own: what `npm start -- NAME` runs.
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { treat } from "../fetcher/plan.ts";
import { isMain } from "../lib/isMain.ts";
import { expected } from "../test/expected.ts";
import { printed } from "../test/repr.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const npmStart = fileURLToPath(new URL("../../scripts/start.mjs", import.meta.url));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `npm start -- ARGS` to its end; `watch` sees what it has written to both streams so far. */
function start(args: string[], watch?: (child: ChildProcess, ended: Ended) => void): Promise<Ended> {
  const child = spawn(process.execPath, [npmStart, ...args], {
    cwd: folder,
    env: { ...process.env, COLUMNS: "80", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended: Ended = { code: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    ended.stdout += text;
    watch?.(child, ended);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    ended.stderr += text;
    watch?.(child, ended);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...ended, code }));
  });
}

/** Neither the progress of the fetcher nor the last line of npm start. */
function isError(line: string): boolean {
  return line !== "" && !line.includes(" done, ") && !line.startsWith("Its source is examples/fetcher.ts. ");
}

function numbers(text: string, pattern: RegExp): number[] {
  const match = pattern.exec(text);
  if (match === null) throw new Error(`nothing like ${pattern} in:\n${text}`);
  return match.slice(1).map(Number);
}

function programsIn(folder: string, recursive = false): string[] {
  const names = readdirSync(folder, { recursive, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
}

const NOTE = /^\/\/ (Notes?|Not in the notes): /;

describe("examples", () => {
  const native = programsIn(folder);
  const generators = programsIn(join(folder, "generators"));

  it("all but the fetcher have a Python twin, and all but that of callbacks a generator form", () => {
    const twins = Object.keys(expected).map((name) => `${name}.ts`);
    expect(native.sort()).toEqual([...twins, "fetcher.ts"].sort());
    expect([...generators, "callbacks.ts"].sort()).toEqual(twins.sort());
  });

  it.each(native)("%s begins with what it shows, its twins, and the note that it comes from", (name) => {
    const { directive, about, twins, note } = headOf(name);
    expect(directive).toBe(name !== "callbacks.ts");
    expect(about).toMatch(/^\/\/ \S.{1,110}\.$/);
    if (name !== "fetcher.ts") expect(twins).toContain(`// Python: python/${name.slice(0, -3)}.py.`);
    if (generators.includes(name)) expect(twins).toContain(` Generator form: generators/${name}.`);
    expect(note).toMatch(NOTE);
  });

  it.each(generators)("generators/%s begins with what it shows, its twins, and the note that it comes from", (name) => {
    const { directive, about, twins, note } = headOf(`generators/${name}`);
    expect(directive).toBe(false);
    expect(about).toMatch(/^\/\/ \S.{1,110}\.$/);
    expect(twins).toBe(`// Python: ../python/${name.slice(0, -3)}.py. Native syntax: ../${name}.`);
    expect(note).toMatch(NOTE);
  });

  it.each([
    ["run", "run"],
    ["examples/getEventLoop.ts", "getEventLoop"],
    ["generators/run", "run"],
  ])("%s runs when it is started as a program", async (example, name) => {
    const { code, stdout, stderr } = await start([example]);
    const inPython = stdout.replace(/true|false/g, (word) => printed([word === "true"]));
    expect({ code, output: inPython }).toEqual({ code: 0, output: expected[name]?.output });
    const path = `examples/${example.replace(/^examples\/|\.ts$/g, "")}.ts`;
    expect(stderr).toBe(
      `\nIts source is ${path}. Next: npm start -- fetcher; npm start -- --help lists all examples.\n`,
    );
  });

  it("print English, as their Python twins do", () => {
    const texts = programsIn(folder, true).map((name) => readFileSync(join(folder, name), "utf8"));
    // The notes, which the heads refer to, are in Korean.
    const korean = texts.flatMap((text) => text.split("\n")).filter((line) => /[가-힣]/.test(line) && !NOTE.test(line));
    expect(korean).toEqual([]);
  });
});

it("npm start lists the examples of both forms, and says which it does not have", async () => {
  const { stdout } = await start(["--help"]);
  expect(stdout).toMatch(/^ {2}hello +The first program/m);
  expect(stdout).toMatch(/ generators\/hello /);
  const { code, stderr } = await start(["no-such-example"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^There is no example no-such-example\./);
});

it.each([
  ["net/echoClient", "1", "Nothing listens on port 1. In another terminal: npm start -- net/echoServer"],
  [
    "generators/net/echoClient",
    "1",
    "Nothing listens on port 1. In another terminal: npm start -- generators/net/echoServer",
  ],
])("%s without its server says what to start", async (name, port, message) => {
  expect(await start([name, port])).toEqual({ code: 1, stdout: "", stderr: `${message}\n` });
});

it("net/tlsClient without a connection says why there is none", async () => {
  const { code, stdout } = await start(["net/tlsClient", "127.0.0.1", "1"]);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: "no connection: connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED)\n",
  });
});

describe("Ctrl-C", () => {
  it.each([
    ["net/echoServer", "0"],
    ["generators/net/echoServer", "0"],
    ["net/chatServer", "0"],
    ["net/proxy", "0"],
    ["net/webChat", "0"],
    ["net/httpService", "0"],
    ["hello"],
    ["generators/taskGroup"],
    ["testing/staleAnswer"],
  ])("ends %s without a stack trace", async (...args) => {
    let sent = false;
    const { code, stderr } = await start(args, (child, { stdout }) => {
      if (sent || stdout === "") return;
      sent = true;
      child.kill("SIGINT");
    });
    const [last, ...errors] = stderr.split("\n").filter((line) => line !== "");
    expect(errors).toEqual([]);
    expect(last).toMatch(/^Its source is examples\/\S+\.ts\. /);
    expect([0, 130]).toContain(code); // 0: it has ended in good order by itself
  });
});

function headOf(name: string) {
  const lines = readFileSync(join(folder, name), "utf8").split("\n", 6);
  const directive = lines[0] === '"use tsyncio";';
  const [about, twins, note] = directive ? lines.slice(1) : lines;
  return { directive, about, twins, note };
}

describe("the fetcher", () => {
  it("fetches every URL that can be fetched, at most --limit at a time", async () => {
    const [urls, limit, seed] = [40, 8, 5];
    const { code, stdout, stderr } = await start(
      `fetcher.ts --urls ${urls} --limit ${limit} --seed ${seed} --timeout 3`.split(" "),
    );
    expect({ code, errors: stderr.split("\n").filter((line) => isError(line)) }).toEqual({
      code: 0,
      errors: [],
    });
    const plan = foresee(urls, seed);
    expect(plan.map(({ outcome }) => outcome)).toEqual(expect.arrayContaining(["ok", "failed", "timed out"]));
    const count = (outcome: string) => plan.filter((fetch) => fetch.outcome === outcome).length;
    const retried = plan.filter(({ outcome, tries }) => outcome === "ok" && tries > 1).length;
    expect(numbers(stdout, / ok +(\d+) {3}(\d+) of them only when retried\n/)).toEqual([count("ok"), retried]);
    expect(numbers(stdout, / failed +(\d+)/)).toEqual([count("failed")]);
    expect(numbers(stdout, / timed out +(\d+)/)).toEqual([count("timed out")]);
    expect(numbers(stdout, / requests +(\d+)/)).toEqual([plan.reduce((sum, { tries }) => sum + tries, 0)]);
    const [sequential, concurrent] = [
      numbers(stdout, /one after the other +(\S+) s/),
      numbers(stdout, /concurrently +(\S+) s/),
    ];
    expect(concurrent[0]).toBeLessThan(sequential[0] as number);
    expect(stdout.match(/^ +\d+ ▕.*▏$/gm)).toHaveLength(limit);
  });

  it("stops at Ctrl-C: cancels what is on the way, says how far it came, and ends with 130", async () => {
    let sent = false;
    const { code, stdout, stderr } = await start("--urls 400 --limit 15".split(" "), (child, { stderr }) => {
      if (sent || !/ [1-9]\d*\/400 done, [1-9]/.test(stderr)) return; // some are done, some on the way
      sent = true;
      child.kill("SIGINT");
    });
    expect({ code, errors: stderr.split("\n").filter((line) => isError(line)) }).toEqual({
      code: 130,
      errors: [],
    });
    const [done, of, cancelled, rest] = numbers(
      stdout,
      /Interrupted: (\d+) of (\d+) done, (\d+) cancelled on the way, (\d+) not begun\./,
    ) as [number, number, number, number];
    expect(done).toBeGreaterThan(0);
    expect(cancelled).toBeGreaterThan(0);
    expect(cancelled).toBeLessThanOrEqual(15); // fewer, where a place was just about to be taken
    expect({ of, sum: done + cancelled + rest }).toEqual({ of: 400, sum: 400 });
    expect(stdout).toMatch(/ ok +\d+/);
    expect(stdout.match(/^ +\d+ ▕.*▏$/gm)).toHaveLength(15);
  });

  it("refuses options that it does not know, and ends with 2", async () => {
    expect(await start(["fetcher", "--fast"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "unknown option --fast. --help shows the options.\n",
    });
  });
});

/** What must come of each fetch of a run with three tries, where no answer is late. */
function foresee(urls: number, seed: number): { outcome: string; tries: number }[] {
  return Array.from({ length: urls }, (_, id) => {
    for (let attempt = 1; ; attempt++) {
      const { answer } = treat(seed, id, attempt);
      if (answer === "ok") return { outcome: "ok", tries: attempt };
      if (attempt === 3) return { outcome: answer === "none" ? "timed out" : "failed", tries: attempt };
    }
  });
}

it("a program knows that it was started, also before Node 24", () => {
  const started = process.argv[1] as string;
  expect(isMain({ filename: started } as ImportMeta)).toBe(true);
  expect(isMain({ filename: `${started}.other` } as ImportMeta)).toBe(false);
  expect(isMain({ main: false, filename: started } as ImportMeta)).toBe(false);
  expect(isMain({} as ImportMeta)).toBe(false);
});
