import { asyncWith, type Coroutine, createTask, isCancelled, sleep, TimeoutError, timeout } from "tsyncio";
import {
  addSignalHandler,
  createSubprocessExec,
  createSubprocessShell,
  PIPE,
  removeSignalHandler,
  STDOUT,
} from "tsyncio/net";
import { describe, expect, test } from "vitest";
import { errorOf } from "../support.ts";
import { bytes, Gate, pattern, real, same, text } from "./support.ts";

const MIB = 2 ** 20;

describe("a child", () => {
  test("talks by its pipes, and ends with its code", () =>
    real(function* () {
      const proc = yield* createSubprocessShell("read line; echo got $line; echo problem >&2; exit 3", {
        stdin: PIPE,
        stdout: PIPE,
        stderr: PIPE,
      });
      yield* proc.stdin.write(bytes("hello\n"));
      expect(text(yield* proc.stdout.readline())).toBe("got hello\n");
      expect(text(yield* proc.stderr.read())).toBe("problem\n");
      expect(yield* proc.wait()).toBe(3);
      expect(proc.returncode).toBe(3);
    }));

  test("communicate() writes and reads 10 MiB at once", () =>
    real(function* () {
      const proc = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
      const data = pattern(10 * MIB);
      const [out] = yield* proc.communicate(data);
      same(out, data);
      expect(proc.returncode).toBe(0);
    }));

  test("that fills both pipes does not block communicate()", () =>
    real(function* () {
      const fill = `head -c ${5 * MIB} /dev/zero >&2; head -c ${5 * MIB} /dev/zero`;
      const proc = yield* createSubprocessShell(fill, { stdout: PIPE, stderr: PIPE });
      const [out, err] = yield* proc.communicate();
      expect([out.length, err.length]).toEqual([5 * MIB, 5 * MIB]);
    }));

  test("that is killed has the signal as its returncode", () =>
    real(function* () {
      const proc = yield* createSubprocessExec("sleep", "60");
      proc.terminate();
      expect(yield* proc.wait()).toBe(-15);
    }));

  test("with stderr in stdout", () =>
    real(function* () {
      const proc = yield* createSubprocessShell("echo one; echo two >&2; echo three", { stdout: PIPE, stderr: STDOUT });
      expect(text((yield* proc.communicate())[0])).toBe("one\ntwo\nthree\n");
    }));

  test("has ended when it has, whatever holds its pipe", () =>
    real(function* () {
      const proc = yield* createSubprocessShell("sleep 600 & echo $!; exit 4", { stdout: PIPE });
      expect(yield* proc.wait()).toBe(4);
      const holder = Number(text(yield* proc.stdout.readline()));
      process.kill(holder);
      expect(text(yield* proc.stdout.read())).toBe("");
    }));

  test("that is not there is a typed error", () =>
    real(function* () {
      const error = (yield* errorOf(createSubprocessExec("no-such-program"))) as Error;
      expect(error.name).toBe("FileNotFoundError");
    }));

  test("goes on when no task waits for it any more", () =>
    real(function* () {
      const proc = yield* createSubprocessExec("sleep", "60");
      expect(yield* errorOf(asyncWith(timeout(0.02), () => proc.wait()))).toBeInstanceOf(TimeoutError);
      const task = createTask(proc.wait());
      yield* sleep(0.01);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
      expect(proc.returncode).toBe(null);
      proc.kill();
      expect(yield* proc.wait()).toBe(-9);
    }));

  test("loses nothing of a communicate() that is cancelled", () =>
    real(function* () {
      using gate = new Gate();
      const proc = yield* createSubprocessShell(`echo one; ${gate.wait}; echo two`, { stdout: PIPE });
      const task = createTask(proc.communicate());
      yield* sleep(0.1);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
      gate.open();
      expect(text((yield* proc.communicate())[0])).toBe("one\ntwo\n");
    }));
});

test("addSignalHandler calls its function in the loop", () =>
  real(function* (): Coroutine<void> {
    const got: string[] = [];
    addSignalHandler("SIGUSR2", (name: string) => got.push(name), "usr2");
    process.kill(process.pid, "SIGUSR2");
    while (got.length === 0) yield* sleep(0.001);
    expect(got).toEqual(["usr2"]);
    expect(removeSignalHandler("SIGUSR2")).toBe(true);
  }));
