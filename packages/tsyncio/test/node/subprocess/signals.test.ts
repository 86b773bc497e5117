import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RuntimeError, run, ValueError } from "tsyncio";
import { addSignalHandler, removeSignalHandler } from "tsyncio/net";
import { describe, expect, it } from "vitest";
import { any, thrownBy } from "../../support.ts";
import { nodeOptions } from "../children.ts";

const program = fileURLToPath(new URL("programs/signals.ts", import.meta.url));

/** Starts the case, sends the signal each time it says "ready", and returns how it ended. */
function signalled(name: string, signal: NodeJS.Signals = "SIGTERM") {
  const child = spawn(process.execPath, [...nodeOptions, "--no-warnings", program, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  let sent = 0;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    for (const asked = text.match(/^ready$/gm)?.length ?? 0; sent < asked; sent++) child.kill(signal);
  });
  return new Promise<{ code: number | null; signal: string | null; lines: string[] }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, by) => resolve({ code, signal: by, lines: text.trim().split("\n") }));
  });
}

describe("addSignalHandler", () => {
  it("calls the callback with its arguments; while it is set, the loop has something to wait for", async () => {
    expect(await signalled("waits")).toEqual({
      code: 0,
      signal: null,
      lines: ["ready", "got the argument", "removed: true, again: false", "listeners: 0"],
    });
  });

  it("ends with the loop: no listener is left, and the process ends", async () => {
    expect(await signalled("leftBehind")).toEqual({ code: 0, signal: null, lines: ["listeners: 0"] });
  });

  it("holds the process only while it is set: then waiting forever is a deadlock again", async () => {
    expect((await signalled("deadlock")).lines).toEqual(["DeadlockError"]);
  });

  it("for SIGINT takes the place of the cancellation by run()", async () => {
    expect((await signalled("interrupt", "SIGINT")).lines).toEqual(["ready", "not cancelled, listeners: 0"]);
  });

  it("replaces the handler that was set before, silently", async () => {
    expect((await signalled("replaced")).lines).toEqual([
      "ready",
      "call 1, in the loop: true",
      "ready",
      "call 2, in the loop: true",
      "listeners: 0",
    ]);
  });

  it("does not hold the process when the loop does not run", async () => {
    expect(await signalled("stopped")).toEqual({ code: 0, signal: null, lines: ["ended"] });
  });

  it("reports an exception of the callback to the loop's exception handler", async () => {
    expect((await signalled("throws")).lines).toEqual([
      "ready",
      "Exception in callback onSignal(): TypeError: of the handler",
    ]);
  });

  it("refuses what is no signal, signals that cannot be caught, and coroutine functions", async () => {
    await run(
      (function* () {
        const set = (signal: unknown, callback: unknown = () => {}) =>
          thrownBy(() => addSignalHandler(any(signal), any(callback)));
        expect(set("SIGFOO")).toEqual(new ValueError('invalid signal name "SIGFOO"'));
        expect(set("sigterm")).toBeInstanceOf(ValueError);
        expect(set("toString")).toBeInstanceOf(ValueError);
        for (const number of [0, -1, 1.5, 65, Number.NaN]) expect(set(number), `${number}`).toBeInstanceOf(ValueError);
        expect(set("SIGKILL")).toEqual(new RuntimeError("SIGKILL cannot be caught"));
        expect(set(19)).toEqual(new RuntimeError("SIGSTOP cannot be caught"));
        expect(set(null)).toBeInstanceOf(TypeError);
        expect(set("SIGTERM", function* () {})).toBeInstanceOf(TypeError);
        expect(set("SIGTERM", 1)).toBeInstanceOf(TypeError);
        expect(thrownBy(() => removeSignalHandler(any("SIGFOO")))).toBeInstanceOf(ValueError);
        expect(removeSignalHandler("SIGTERM")).toBe(false);
        expect(process.listenerCount("SIGTERM")).toBe(0);
      })(),
    );
  });

  it("needs a loop", () => {
    expect(thrownBy(() => addSignalHandler("SIGTERM", () => {}))).toBeInstanceOf(RuntimeError);
  });
});
