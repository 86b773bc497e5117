import {
  asyncWith,
  type Coroutine,
  createTask,
  isCancelled,
  sleep,
  type Task,
  TimeoutError,
  timeout,
  waitFor,
} from "tsyncio";
import { createSubprocessExec, createSubprocessShell, PIPE, type Process, STDOUT } from "tsyncio/net";
import { describe, expect, it } from "vitest";
import { Gate } from "../../io/support.ts";
import { errorOf, turns } from "../../support.ts";
import { bytes, clean, text, until } from "./support.ts";

const MIB = 1 << 20;
/** That many turns of the loop are enough for each of these to end, or to come to rest. */
const STAGES = Array.from({ length: 12 }, (_, i) => i);

/** Cancels the coroutine after that many turns. Returns its result if it was faster, else null. */
function* cancelledAfter<T>(count: number, coro: Coroutine<T>): Coroutine<T | null> {
  const task = createTask(coro);
  yield* turns(count);
  task.cancel();
  return yield* orNull(task);
}

function* end(proc: Process | null): Coroutine<void> {
  if (proc === null) return;
  if (proc.returncode === null) proc.kill();
  yield* proc.communicate();
}

describe("cancelling createSubprocessExec", () => {
  const all = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;
  it.each(STAGES)("after %i turns leaves no process and no pipe", async (stage) => {
    await clean(function* () {
      yield* end(yield* cancelledAfter(stage, createSubprocessExec("sleep", "60", all)));
      yield* end(yield* cancelledAfter(stage, createSubprocessShell("exec sleep 60")));
    });
  });

  it.each(STAGES)("after %i turns leaves nothing of the pair of sockets for STDOUT", async (stage) => {
    await clean(function* () {
      const merged = { stdout: PIPE, stderr: STDOUT } as const;
      yield* end(yield* cancelledAfter(stage, createSubprocessExec("sleep", "60", merged)));
    });
  });

  it("after milliseconds leaves nothing of the pair of sockets either", async () => {
    await clean(function* () {
      for (let i = 0; i < 20; i++) {
        const task = createTask(createSubprocessExec("sleep", "60", { stdout: PIPE, stderr: STDOUT }));
        yield* sleep(i / 4000);
        task.cancel();
        yield* end(yield* orNull(task));
      }
    });
  });

  it.each([0, 1, 2, 3])("after %i turns leaves nothing of a program that is not there", async (stage) => {
    await clean(function* () {
      const task = createTask(createSubprocessExec("no-such-program", all));
      yield* turns(stage);
      task.cancel();
      expect(["CancelledError", "FileNotFoundError"]).toContain(((yield* errorOf(task)) as Error).name);
    });
  });

  it("kills the child if it was started: it does not live on unseen", async () => {
    await clean(function* () {
      const task = createTask(createSubprocessExec("sleep", "60", all));
      yield* turns(1);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
    });
  });
});

/** The result of a task, or null if it was cancelled. */
function* orNull<T>(task: Task<T>): Coroutine<T | null> {
  try {
    return yield* task;
  } catch (error) {
    if (!isCancelled(error)) throw error;
    return null;
  }
}

describe("cancelling communicate", () => {
  it("keeps what was read: the next communicate() returns all of it", async () => {
    await clean(function* () {
      using gate = new Gate();
      const proc = yield* createSubprocessShell(`echo one; echo problem >&2; ${gate.wait}; cat`, {
        stdin: PIPE,
        stdout: PIPE,
        stderr: PIPE,
      });
      const task = createTask(proc.communicate(bytes("two\n")));
      yield* sleep(0.1);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
      gate.open();
      const [out, err] = yield* proc.communicate();
      expect([text(out), text(err)]).toEqual(["one\ntwo\n", "problem\n"]);
    });
  });

  it("leaves what was read to the streams", async () => {
    await clean(function* () {
      using gate = new Gate();
      const proc = yield* createSubprocessShell(`echo one; ${gate.wait}; echo two`, { stdout: PIPE });
      expect(yield* errorOf(waitFor(proc.communicate(), 0.15))).toBeInstanceOf(TimeoutError);
      expect(proc.returncode).toBe(null);
      expect(text(yield* proc.stdout.readline())).toBe("one\n");
      gate.open();
      expect(text(yield* proc.stdout.read())).toBe("two\n");
      yield* proc.wait();
    });
  });

  it("keeps what was read of a stream that has ended while the child has not", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessShell("echo all; exec >&- 2>&-; exec sleep 60", {
        stdout: PIPE,
        stderr: PIPE,
      });
      expect(yield* errorOf(waitFor(proc.communicate(), 0.1))).toBeInstanceOf(TimeoutError);
      expect(proc.stdout.atEof()).toBe(false);
      expect(yield* errorOf(waitFor(proc.communicate(), 0.02))).toBeInstanceOf(TimeoutError);
      proc.kill();
      const [out, err] = yield* proc.communicate();
      expect([text(out), text(err)]).toEqual(["all\n", ""]);
    });
  });

  it("keeps what was read of a stream that has ended while the other has not", async () => {
    await clean(function* () {
      using gate = new Gate();
      const proc = yield* createSubprocessShell(`echo err >&2; exec 2>&-; ${gate.wait}; echo out`, {
        stdout: PIPE,
        stderr: PIPE,
      });
      expect(yield* errorOf(waitFor(proc.communicate(), 0.15))).toBeInstanceOf(TimeoutError);
      gate.open();
      const [out, err] = yield* proc.communicate();
      expect([text(out), text(err)]).toEqual(["out\n", "err\n"]);
    });
  });

  it.each([0, 0.001, 0.003, 0.01, 0.03, 0.1])("after %f seconds loses no byte of 20 MiB", async (delay) => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
      const input = new Uint8Array(20 * MIB).map((_, i) => i % 251);
      const task = createTask(proc.communicate(input));
      yield* sleep(delay);
      task.cancel();
      const cancelled = yield* orNull(task);
      const [out] = cancelled ?? (yield* proc.communicate());
      expect(Buffer.compare(out, input)).toBe(0);
      expect(proc.returncode).toBe(0);
    });
  });

  it("as often as one likes, in the middle of 50 MiB, loses nothing", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("head", "-c", String(50 * MIB), "/dev/zero", { stdout: PIPE });
      for (let i = 0; i < 10; i++) yield* cancelledAfter(i * 3, proc.communicate());
      const [out] = yield* proc.communicate();
      expect(out.length).toBe(50 * MIB);
    });
  });
});

describe("a timeout", () => {
  it("ends wait(), and the child is still there to be killed", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("sleep", "60");
      const error = yield* errorOf(asyncWith(timeout(0.05), () => proc.wait()));
      expect(error).toBeInstanceOf(TimeoutError);
      proc.kill();
      expect(yield* proc.wait()).toBe(-9);
    });
  });

  it("ends drain() for a child that does not read; what is buffered goes on to it", async () => {
    await clean(function* () {
      using gate = new Gate();
      const proc = yield* createSubprocessShell(`${gate.wait}; wc -c`, { stdin: PIPE, stdout: PIPE });
      proc.stdin.write(new Uint8Array(MIB));
      expect(yield* errorOf(asyncWith(timeout(0.05), () => proc.stdin.drain()))).toBeInstanceOf(TimeoutError);
      gate.open();
      const [out] = yield* proc.communicate();
      expect(Number(text(out))).toBe(MIB);
    });
  });

  it("ends a read, and nothing of what comes later is lost", async () => {
    await clean(function* () {
      using gate = new Gate();
      const proc = yield* createSubprocessShell(`printf par; ${gate.wait}; echo tial`, { stdout: PIPE });
      for (const read of [
        () => proc.stdout.readline(),
        () => proc.stdout.readExactly(100),
        () => proc.stdout.readUntil(bytes("!")),
        () => proc.stdout.read(),
      ]) {
        expect(yield* errorOf(asyncWith(timeout(0.02), read))).toBeInstanceOf(TimeoutError);
      }
      gate.open();
      expect(text(yield* proc.stdout.readline())).toBe("partial\n");
      yield* proc.wait();
    });
  });

  it("ends waitClosed() of a stdin that the child does not read", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("sleep", "60", { stdin: PIPE });
      proc.stdin.write(new Uint8Array(MIB));
      proc.stdin.close();
      expect(yield* errorOf(asyncWith(timeout(0.05), () => proc.stdin.waitClosed()))).toBeInstanceOf(TimeoutError);
      proc.kill();
      yield* proc.wait();
      yield* until(() => proc.stdin.isClosing());
      expect(((yield* errorOf(proc.stdin.waitClosed())) as Error).name).toBe("BrokenPipeError");
    });
  });
});
