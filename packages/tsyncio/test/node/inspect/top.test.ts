/** `tsyncio top`: pictures of a running program, and what it notes of its habits. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CLI, nodeOptions } from "../children.ts";
import { printed, Running, tsyncio } from "./support.ts";

const program = fileURLToPath(new URL("../programs/busy.ts", import.meta.url));
const options = [...nodeOptions, "--no-warnings", CLI];

/** The output of `top` until all of `patterns` are in it; then it is ended by Ctrl-C. */
async function topUntil(running: Running, patterns: readonly RegExp[]): Promise<void> {
  const child = spawn(process.execPath, [...options, "top", String(running.pid), "--every", "0.2"]);
  let seen = "";
  child.stdout.on("data", (data: Buffer) => {
    seen += data;
    if (patterns.every((pattern) => pattern.test(seen))) child.kill("SIGINT");
  });
  const { code, stderr } = await printed(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

/** What the program says when it is asked whether something looks on. */
async function answer(running: Running): Promise<string> {
  const before = running.stdout.length;
  running.child.stdin?.write("?\n");
  while (!/watched\n/.test(running.stdout.slice(before)))
    await once(running.child.stdout as NodeJS.ReadableStream, "data");
  return running.stdout.slice(before).trim();
}

describe.runIf(process.platform === "linux")("tsyncio top", () => {
  it("shows steps, lag and waits, and notes what is seldom meant so", async () => {
    await using running = await Running.node(program);
    await topUntil(running, [
      /\d+ steps a second; loop late by at most \d+ ms/,
      /loop blocked: a step of blocks took \d+ ms/,
      /polling: polls has given up its turn \d+ times a second/,
      /goes on: refuses was asked to cancel/,
      /waits for a lock: wants, for [\d.]+ s, held by holds/,
      /full queue: fills has waited for room for [\d.]+ s/,
      /exception never retrieved: fails has failed by RangeError/,
      /FILL +PUTTING +GETTING +QUEUE +WAITING\n *1 of 1 +1 +0 +Queue +fills\n/,
      /HELD +WAITERS +LOCK +HELD BY +WAITING\n *(?:> )?[\d.]+ s +1 +Lock +holds +wants\n/,
      /> [\d.]+ s {2}waiting {3}holds waits for sleep\(1000\), at holds \(.*busy\.ts:\d+:\d+\)/,
    ]);
    expect(running.alive()).toBe(true);
  });

  it("tells of the workers too, and shows the tasks of each", async () => {
    await using running = await Running.node(program);
    await topUntil(running, [/main\*: \d+ tasks/, /worker \d+: 2 tasks \(2 waiting\), 1 timer; 0 steps a second/]);
  });

  it("shows where the loop is blocked", async () => {
    await using running = await Running.node(program);
    const child = spawn(process.execPath, [...options, "top", String(running.pid), "--every", "0.2"]);
    const ended = printed(child);
    await once(child.stdout, "data");
    running.child.kill("SIGUSR2");
    let seen = "";
    child.stdout.on("data", (data: Buffer) => {
      seen += data;
      if (/the loop is blocked\n +at .*busy\.ts:\d+/.test(seen)) child.kill("SIGINT");
    });
    expect((await ended).code).toBe(0);
  });

  it.each(["SIGINT", "SIGKILL"] as const)("leaves no instrument behind when it ends by %s", async (signal) => {
    await using running = await Running.node(program);
    expect(await answer(running)).toBe("unwatched");
    const child = spawn(process.execPath, [...options, "top", String(running.pid)]);
    const ended = printed(child);
    await once(child.stdout, "data");
    expect(await answer(running)).toBe("watched");
    child.kill(signal);
    await ended;
    while ((await answer(running)) !== "unwatched") expect(running.alive()).toBe(true);
  });

  it("ends after --seconds, and when the process ends", async () => {
    await using running = await Running.node(program);
    expect((await tsyncio("top", String(running.pid), "--seconds", "0.1", "--every", "600")).code).toBe(0);
    const child = spawn(process.execPath, [...options, "top", String(running.pid), "--every", "60"]);
    const ended = printed(child);
    await once(child.stdout, "data");
    running.child.kill("SIGKILL");
    expect((await ended).code).toBe(0);
  });

  it.each([
    [["top"], "top needs one PID"],
    [["top", "1", "--every", "no"], '--every must be a number of seconds, above 0, got "no"'],
    [["top", "1", "--every", ""], '--every must be a number of seconds, above 0, got ""'],
    // A timer that is set to more goes off at once.
    [["top", "1", "--every", "1e9"], '--every must be at most 2000000 seconds, got "1e9"'],
    [["record", "1", "-o", "x", "--seconds", "Infinity"], '--seconds must be at most 2000000 seconds, got "Infinity"'],
    [["ps", "x", "--at=-1"], '--at must be a number of seconds, 0 or more, got "-1"'],
    [["ps", "1", "-o", "x"], "-o is for `tsyncio dump`"],
  ])("says what is wrong with %j", async (args, message) => {
    expect(await tsyncio(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});
