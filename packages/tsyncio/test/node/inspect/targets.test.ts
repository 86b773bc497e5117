/**
 * Processes that must not be disturbed, and those that cannot be looked into: each is refused with a text, and lives
 * on.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { CLI, nodeOptions } from "../children.ts";
import { freePort, listens, printed, Running, tsyncio } from "./support.ts";

const hangs = fileURLToPath(new URL("../programs/hangs.ts", import.meta.url));

/** A program that is no tsyncio's, and tells when it runs. */
const node = (source: string, ...options: string[]): Promise<Running> =>
  Running.node(...options, "-e", `${source}; setInterval(() => {}, 1e9); console.log("runs")`);

const shell = (command: string): Promise<Running> => Running.start("/bin/sh", ["-c", `echo runs; exec ${command}`]);

/** As npm, npx and `tsyncio run` do. */
const starter = {
  start: () => node(`require("node:child_process").spawn(process.execPath, ["-e", "process.stdin.resume()"])`),
  refusal: /does not run tsyncio, or has not loaded it yet\. It has started other processes of Node: \d+$/m,
};

const folder = mkdtempSync(join(tmpdir(), "tsyncio-targets-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program under another name: what it is is told by that. */
const renamed = (name: string): Promise<Running> => {
  copyFileSync(realpathSync("/bin/sleep"), join(folder, name));
  return shell(`${join(folder, name)} 1000`);
};

const targets: Record<string, { start: () => Promise<Running>; refusal: RegExp }> = {
  "a program that does not catch the signal": {
    start: () => shell("sleep 1000"),
    refusal: /is no Node process: it runs sleep/,
  },
  "a Python program": {
    start: () => Running.start("python3", ["-c", "import time; print('runs', flush=True); time.sleep(1000)"]),
    refusal: /is no Node process: it runs python3/,
  },
  Bun: { start: () => renamed("bun"), refusal: /runs bun, which cannot be looked into from outside/ },
  Deno: { start: () => renamed("deno"), refusal: /runs deno, which cannot be looked into from outside/ },
  "a Node program with a handler of its own": {
    start: () => node(`process.on("SIGUSR1", () => { console.log("its own handler"); process.exit(1) })`),
    refusal: /handles SIGUSR1 itself/,
  },
  "a Node program that forbids the inspector": {
    start: () => node("", "--disable-sigusr1"),
    refusal: /does not catch SIGUSR1, which would end it: it was started with --disable-sigusr1/,
  },
  "a Node program that may do nothing": {
    start: () => node("", "--permission"),
    refusal: /does not catch SIGUSR1, which would end it: it was started with --permission/,
  },
  "a Node program without tsyncio": {
    start: () => node(""),
    refusal: /does not run tsyncio/,
  },
  "one that has started the program": starter,
  "a program with an older tsyncio": {
    start: () => node(`globalThis[Symbol.for("tsyncio")] = { diagnostics: {} }`),
    refusal: /runs an older version of tsyncio/,
  },
  "a program with a newer tsyncio": {
    start: () =>
      node(`globalThis[Symbol.for("tsyncio")] = { diagnostics: { lookAtThread: () => ({ format: 99, loops: [] }) } }`),
    refusal: /format 99.*use the version that is installed there/,
  },
  "a program with the production entry": {
    start: () => node(`globalThis[Symbol.for("tsyncio")] = { diagnostics: null }`),
    refusal: /production entry, which has no diagnostics/,
  },
  "a program whose probe throws": {
    start: () =>
      node(
        `globalThis[Symbol.for("tsyncio")] = { diagnostics: { lookAtThread() { throw new Error("broken probe") } } }`,
      ),
    refusal: /looking into the process has failed there: .*broken probe/,
  },
  "a stopped program": {
    start: async () => {
      const running = await node("");
      running.child.kill("SIGSTOP");
      while (!/^State:\s+T/m.test(readFileSync(`/proc/${running.pid}/status`, "utf8"))) await new Promise(setImmediate);
      return running;
    },
    refusal: /is stopped: continue it first/,
  },
};

describe.runIf(process.platform === "linux")("tsyncio ps", () => {
  it.each(Object.entries(targets))("refuses %s, which lives on", async (_, { start, refusal }) => {
    await using running = await start();
    const { code, stdout, stderr } = await tsyncio("ps", String(running.pid));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(refusal);
    expect(stderr.trim().split("\n")[0]).toMatch(/^tsyncio: /);
    expect(running.alive()).toBe(true);
    expect(running.stdout).toBe("runs\n");
    expect(listens(running)).toBe(false);
  });

  it("names the processes that one without tsyncio has started, as top does", async () => {
    await using running = await starter.start();
    const { code, stderr } = await tsyncio("top", String(running.pid), "--seconds", "0.1");
    expect(code).toBe(1);
    expect(stderr).toMatch(starter.refusal);
  });

  it("refuses where another process has the port of the inspector", async () => {
    const port = await freePort();
    await using running = await Running.start(process.execPath, [
      `--inspect-port=${port}`,
      "-e",
      `setInterval(() => {}, 1e9); console.log("runs")`,
    ]);
    const other = createServer(() => expect.unreachable("connected to another process")).listen(port, "127.0.0.1");
    await once(other, "listening");
    const { code, stderr } = await tsyncio("ps", String(running.pid));
    other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(
      `port ${port}, at which the inspector of process ${running.pid} would open, belongs to another`,
    );
    expect(running.stderr).toBe("");
  });

  it("refuses a process of another user", async () => {
    // As root there is none that it could not signal; the rule is the same.
    const root = process.getuid?.() === 0;
    await using running = root ? await Running.start("/bin/sh", ["-c", "echo runs; exec sleep 1000"], 65_534) : null;
    const { code, stderr } = await tsyncio("ps", String(running?.pid ?? 1));
    expect(code).toBe(1);
    expect(stderr).toMatch(/belongs to another user/);
  });

  it("says so if there is no such process", async () => {
    const gone = spawn("true");
    const { pid } = gone;
    await once(gone, "close");
    expect(await tsyncio("ps", String(pid))).toEqual({
      code: 1,
      stdout: "",
      stderr: `tsyncio: there is no process ${pid}\n`,
    });
  });

  it("says so of one that has ended, and that its parent has not asked for", async () => {
    await using running = await Running.start("/bin/sh", ["-c", "sleep 0 & echo $!; exec sleep 1000"]);
    const pid = running.stdout.trim();
    while (!/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) await new Promise(setImmediate);
    expect(await tsyncio("ps", pid)).toEqual({ code: 1, stdout: "", stderr: `tsyncio: process ${pid} has ended\n` });
  });

  it("names the process of a thread", async () => {
    await using running = await node("");
    const thread = readdirSync(`/proc/${running.pid}/task`).find((id) => id !== String(running.pid)) as string;
    expect(await tsyncio("ps", thread)).toEqual({
      code: 1,
      stdout: "",
      stderr: `tsyncio: ${thread} is a thread of process ${running.pid}: use that number\n`,
    });
    expect(running.stderr).toBe("");
  });

  it.each([
    ["has another title", ["--import", "data:text/javascript,process.title = 'bash'"]],
    ["may do only what it was permitted to", ["--permission", "--allow-fs-read=*", "--allow-inspector"]],
    ["has no signal handler yet, for it has its inspector open", ["--disable-sigusr1", "--inspect=127.0.0.1:PORT"]],
  ])("looks into one that %s", async (_, options) => {
    const port = String(await freePort());
    await using running = await Running.node(...options.map((one) => one.replace("PORT", port)), hangs, "emptyQueue");
    const { code, stdout } = await tsyncio("ps", String(running.pid));
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("get from <Queue") });
  });

  it("watches none that may not connect to it", async () => {
    const options = ["--permission", "--allow-fs-read=*", "--allow-inspector"];
    await using running = await Running.node(...options, hangs, "emptyQueue");
    const { code, stderr } = await tsyncio("top", String(running.pid));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("without --allow-net") });
    expect(listens(running)).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)("looks into one that has another number for itself, in a container", async () => {
    const node = [process.execPath, ...nodeOptions, "--no-warnings", `--inspect-port=${await freePort()}`];
    await using running = await Running.start("unshare", [
      "--pid",
      "--fork",
      "--kill-child",
      ...node,
      hangs,
      "emptyQueue",
    ]);
    const pid = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, "utf8").trim();
    const { code, stdout } = await tsyncio("ps", pid);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("get from <Queue") });
  });

  it("does not let one begin that waits for a debugger", async () => {
    const port = await freePort();
    const options = [`--inspect-brk=127.0.0.1:${port}`, "-e", `console.log("begins")`];
    await using running = await Running.start("/bin/sh", [
      "-c",
      `echo runs; exec "$0" "$@"`,
      process.execPath,
      ...options,
    ]);
    while (!running.stderr.includes("Debugger listening")) await once(running.child.stderr as Readable, "data");
    const { code, stderr } = await tsyncio("ps", String(running.pid));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("has not begun: it waits for a debugger"),
    });
    expect(running.stdout).toBe("runs\n");
    expect(running.alive()).toBe(true);
    expect(listens(running)).toBe(true);
  });

  it("says so if the process ends in the middle", async () => {
    await using running = await node(
      `const inspector = require("node:inspector"); setInterval(() => { if (inspector.url()) process.kill(process.pid, "SIGKILL") }, 1)`,
    );
    const { code, stderr } = await tsyncio("ps", String(running.pid));
    expect(code).toBe(1);
    expect(stderr).toContain(`process ${running.pid} has ended meanwhile`);
  });

  it("leaves an inspector open that was open before", async () => {
    const port = await freePort();
    await using running = await Running.start(process.execPath, [
      ...nodeOptions,
      "--no-warnings",
      `--inspect=127.0.0.1:${port}`,
      hangs,
      "emptyQueue",
    ]);
    for (let i = 0; i < 2; i++) expect((await tsyncio("ps", String(running.pid))).stdout).toContain("get from <Queue");
    expect(listens(running)).toBe(true);
  });

  it("finds the port that Node chooses for --inspect-port=0, and no other that the process listens to", async () => {
    const server = `require("node:net").createServer((s) => s.destroy()).listen(0, "127.0.0.1")`;
    const register = `data:text/javascript,import{createRequire}from"node:module";const require=createRequire("/");${server}.unref()`;
    const options = [...nodeOptions, "--no-warnings", "--inspect-port=0", "--import", register];
    await using running = await Running.start(process.execPath, [...options, hangs, "emptyQueue"]);
    for (let i = 0; i < 2; i++) expect((await tsyncio("ps", String(running.pid))).stdout).toContain("get from <Queue");
  });

  it("refuses one whose inspector is open at a port that cannot be seen", async () => {
    await using running = await Running.start(process.execPath, [
      "--inspect=127.0.0.1:0",
      "-e",
      `setInterval(() => {}, 1e9); console.log("runs")`,
    ]);
    const { code, stderr } = await tsyncio("ps", String(running.pid));
    expect(code).toBe(1);
    expect(stderr).toContain("started with --inspect=127.0.0.1:0: its inspector is open at a port that it has chosen");
    expect(running.alive()).toBe(true);
  });

  it("closes the inspector after a look, and after Ctrl-C in the middle of one", async () => {
    await using running = await Running.node(hangs, "emptyQueue");
    expect((await tsyncio("ps", String(running.pid))).code).toBe(0);
    expect(listens(running)).toBe(false);
    const child = spawn(process.execPath, [...nodeOptions, "--no-warnings", CLI, "ps", String(running.pid)]);
    const ended = printed(child);
    while (running.stderr.split("Debugger attached").length < 3) await once(running.child.stderr as Readable, "data");
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    // It may have been through already.
    expect(code === 130 || (code === 0 && stdout.includes("get from"))).toBe(true);
    while (listens(running)) await new Promise(setImmediate);
    expect(running.alive()).toBe(true);
  });
});
