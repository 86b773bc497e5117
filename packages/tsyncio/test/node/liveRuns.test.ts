/** What a signal does to all runs of a process, and to the process. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RuntimeError, run, sleep, ValueError } from "tsyncio";
import { describe, expect, it } from "vitest";
import { rejection } from "../support.ts";
import { nodeOptions } from "./children.ts";

const program = fileURLToPath(new URL("programs/liveRuns.ts", import.meta.url));

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  lines: string[];
}

/** Starts the program, sends the signal when it says "ready", and returns how it has ended. */
function signalled(name: string, signal: NodeJS.Signals = "SIGINT"): Promise<Ended> {
  const child = spawn(process.execPath, [...nodeOptions, "--no-warnings", program, name], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let text = "";
  let sent = false;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (sent || !/^ready$/m.test(text)) return;
    sent = true;
    child.kill(signal);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, lines: text.trim().split("\n") }));
  });
}

describe("a signal of the process", () => {
  it("ends a program that does not catch KeyboardInterrupt by the signal, after the cleanup", async () => {
    expect(await signalled("uncaught")).toEqual({ code: null, signal: "SIGINT", lines: ["ready", "main cleaned up"] });
  });

  it("cancels every run that is alive, also one that handles no signal", async () => {
    const { signal, lines } = await signalled("several");
    const errors = Array(3).fill("KeyboardInterrupt: interrupted by SIGINT").join();
    const cleanedUp = ["first cleaned up", "second cleaned up", "third cleaned up"];
    expect([lines[0], lines.slice(1, 4).sort(), lines[4]]).toEqual(["ready", cleanedUp, errors]);
    expect(signal).toBe(null); // the program has caught the errors, and has nothing left to do
  });

  it("is not taken by the run of a request: the server ends by it", async () => {
    const { code, signal, lines } = await signalled("server");
    expect([code, signal, lines.sort()]).toEqual([null, "SIGINT", ["answered 503", "ready", "request cleaned up"]]);
  });

  it("lets a Runner clean up by close()", async () => {
    const { signal, lines } = await signalled("runner");
    expect([signal, lines]).toEqual(["SIGINT", ["ready", "main cleaned up", "child cleaned up"]]);
  });

  it("is left alone by a run with signals: false", async () => {
    expect(await signalled("none")).toEqual({ code: null, signal: "SIGINT", lines: ["ready"] });
  });

  it("interrupts a run that names it, and the process ends by it", async () => {
    expect(await signalled("term", "SIGTERM")).toEqual({
      code: null,
      signal: "SIGTERM",
      lines: ["ready", "main cleaned up"],
    });
  });

  it("is left alone by what native code has begun", async () => {
    expect(await signalled("native")).toEqual({ code: null, signal: "SIGINT", lines: ["ready"] });
  });

  it("interrupts a run that names it where the program listens too", async () => {
    const { lines } = await signalled("asked");
    expect(lines.slice(0, 3)).toEqual(["ready", "the program's own listener", "main cleaned up"]);
  });

  it("has to exist", async () => {
    const wrong = (signals: unknown) => rejection(run(sleep(0), { signals: signals as never }));
    expect(String(await wrong(true))).toBe(
      'TypeError: signals must be false or a list such as ["SIGINT", "SIGTERM"], got true',
    );
    expect(await wrong([15])).toBeInstanceOf(TypeError);
    expect(await wrong(["SIGNOTHING"])).toBeInstanceOf(ValueError);
    expect(await wrong(["SIGKILL"])).toBeInstanceOf(RuntimeError);
    expect(process.listenerCount("SIGINT")).toBe(0);
  });
});
