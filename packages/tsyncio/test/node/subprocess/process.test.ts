import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { asyncFor, asyncWith, createTask, EventLoop, gather, PlatformHost, run, sleep, ValueError } from "tsyncio";
import {
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  FileNotFoundError,
  INHERIT,
  OSError,
  PermissionError,
  PIPE,
  ProcessLookupError,
  STDOUT,
} from "tsyncio/net";
import { describe, expect, it } from "vitest";
import { any, errorOf } from "../../support.ts";
import { bytes, clean, text, until } from "./support.ts";

const MIB = 1 << 20;

/** What the shell line prints. */
function* output(line: string, options: object = {}) {
  const proc = yield* createSubprocessShell(line, { ...options, stdout: PIPE });
  const [out] = yield* proc.communicate();
  return text(out);
}

describe("returncode", () => {
  it("is the exit code, null while the child runs", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("sh", "-c", "read x; exit 7", { stdin: PIPE });
      expect(proc.returncode).toBe(null);
      expect(proc.pid).toBeGreaterThan(1);
      expect(String(proc)).toBe(`<Process ${proc.pid}>`);
      proc.stdin.close();
      expect(yield* proc.wait()).toBe(7);
      expect(proc.returncode).toBe(7);
      expect(yield* proc.wait()).toBe(7);
    });
  });

  it("is the negative number of the signal that has killed the child", async () => {
    await clean(function* () {
      for (const [signal, code] of [
        ["SIGTERM", -15],
        ["SIGKILL", -9],
        ["SIGINT", -2],
        ["SIGUSR2", -12],
        [6, -6],
      ] as const) {
        const proc = yield* createSubprocessExec("sleep", "60");
        proc.sendSignal(signal);
        expect(yield* proc.wait()).toBe(code);
      }
      const one = yield* createSubprocessExec("sleep", "60");
      one.terminate();
      const two = yield* createSubprocessExec("sleep", "60");
      two.kill();
      expect(yield* gather(one.wait(), two.wait())).toEqual([-15, -9]);
    });
  });

  it("is what the child makes of a signal that it handles", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec(
        "sh",
        "-c",
        "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done",
        {
          stdout: PIPE,
        },
      );
      yield* proc.stdout.readline();
      proc.terminate();
      expect(yield* proc.wait()).toBe(5);
    });
  });
});

describe("wait", () => {
  it("can be called by any number of tasks, and all of them finish", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("sh", "-c", "read x; exit 3", { stdin: PIPE });
      const waits = Array.from({ length: 10 }, () => createTask(proc.wait()));
      yield* sleep(0.02);
      waits[4]?.cancel();
      proc.stdin.close();
      const codes = yield* gather(...waits, { returnExceptions: true });
      expect(codes.map((code) => (typeof code === "number" ? code : code.name))).toEqual(
        Array.from({ length: 10 }, (_, i) => (i === 4 ? "CancelledError" : 3)),
      );
    });
  });

  it("ends with the process, even if a grandchild holds the pipe; the stream ends with the grandchild", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessShell("sleep 60 & echo $!; exit 4", { stdout: PIPE });
      const grandchild = Number(text(yield* proc.stdout.readline()));
      expect(yield* proc.wait()).toBe(4);
      expect(proc.stdout.atEof()).toBe(false);
      process.kill(grandchild);
      expect(yield* proc.stdout.read()).toEqual(new Uint8Array(0));
      expect(proc.stdout.atEof()).toBe(true);
    });
  });

  it("leaves the child running when it is cancelled", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("cat", { stdin: PIPE });
      const task = createTask(proc.wait());
      yield* sleep(0.01);
      task.cancel();
      yield* errorOf(task);
      expect(proc.returncode).toBe(null);
      proc.stdin.close();
      expect(yield* proc.wait()).toBe(0);
    });
  });

  it("says in reports which process is waited for", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("sleep", "60");
      const task = createTask(proc.wait(), { name: "waiter" });
      yield* sleep(0);
      expect(task.getStack().length).toBeGreaterThan(0);
      proc.kill();
      yield* task;
    });
  });
});

describe("sendSignal, terminate, kill", () => {
  it("throw ProcessLookupError when the child has ended", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("true");
      yield* proc.wait();
      for (const call of [() => proc.kill(), () => proc.terminate(), () => proc.sendSignal("SIGINT")]) {
        expect(call).toThrow(ProcessLookupError);
      }
    });
  });

  it("refuse a signal that there is not", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("cat", { stdin: PIPE });
      expect(() => proc.sendSignal(any("SIGNOTHING"))).toThrow(ValueError);
      expect(() => proc.sendSignal(0)).toThrow(ValueError);
      expect(() => proc.sendSignal(any(null))).toThrow(TypeError);
      proc.stdin.close();
      yield* proc.wait();
    });
  });
});

describe("the streams", () => {
  it("talk with the child, line by line", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
      for (const word of ["one", "two"]) {
        yield* proc.stdin.write(bytes(`${word}\n`));
        expect(text(yield* proc.stdout.readline())).toBe(`${word}\n`);
      }
      proc.stdin.close();
      yield* proc.stdin.waitClosed();
      expect(yield* proc.stdout.read()).toEqual(new Uint8Array(0));
      expect(yield* proc.wait()).toBe(0);
    });
  });

  it("yield lines to asyncFor", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("printf", "a\\nb\\nc", { stdout: PIPE });
      const lines: (string | null)[] = [];
      yield* asyncFor(proc.stdout, function* (line) {
        lines.push(text(line));
      });
      expect(lines).toEqual(["a\n", "b\n", "c"]);
      yield* proc.wait();
    });
  });

  it("are null for what is no PIPE", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("true", { stdin: DEVNULL, stdout: DEVNULL, stderr: PIPE });
      const pipes: [null, null, object] = [proc.stdin, proc.stdout, proc.stderr];
      expect(pipes.map((pipe) => pipe === null)).toEqual([true, true, false]);
      yield* proc.communicate();
    });
  });

  it("hold the child back that has no reader: at most twice the limit is buffered, and what the system holds", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("head", "-c", String(50 * MIB), "/dev/zero", {
        stdout: PIPE,
        limit: 1000,
      });
      yield* sleep(0.3);
      expect(proc.returncode).toBe(null);
      expect(/(\d+) bytes/.exec(String(proc.stdout))?.[1]?.length).toBeLessThanOrEqual(6);
      let size = 0;
      for (let data = yield* proc.stdout.read(MIB); data.length > 0; data = yield* proc.stdout.read(MIB))
        size += data.length;
      expect(size).toBe(50 * MIB);
      expect(yield* proc.wait()).toBe(0);
    });
  });

  it("throw for a line longer than the limit", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("printf", "123456789\\nx\\n", { stdout: PIPE, limit: 5 });
      expect(yield* errorOf(proc.stdout.readline())).toBeInstanceOf(ValueError);
      expect(text(yield* proc.stdout.readline())).toBe("x\n");
      yield* proc.wait();
      expect(yield* errorOf(createSubprocessExec("true", { limit: 0, stdout: INHERIT }))).toEqual(
        new ValueError("Limit cannot be <= 0"),
      );
    });
  });

  it("tell a writer that has no reader any more: drain() throws, also right behind the write that fails", async () => {
    await clean(function* () {
      const gone = yield* createSubprocessExec("sh", "-c", "exec <&-; echo; exec sleep 60", {
        stdin: PIPE,
        stdout: PIPE,
      });
      yield* gone.stdout.readline();
      gone.stdin.write(bytes("x"));
      expect(gone.stdin.isClosing()).toBe(true);
      expect(((yield* errorOf(gone.stdin.drain())) as OSError).name).toBe("ConnectionResetError");
      yield* gone.stdin.waitClosed(); // nothing was in the pipe
      gone.kill();
      yield* gone.communicate();
      const proc = yield* createSubprocessExec("sh", "-c", "read x; exec <&-; exec sleep 60", { stdin: PIPE });
      proc.stdin.write(new Uint8Array(MIB).fill(10));
      const error = (yield* errorOf(proc.stdin.drain())) as OSError;
      expect(["EPIPE", "ECONNRESET"]).toContain(error.code);
      expect(error).toBeInstanceOf(OSError);
      expect((yield* errorOf(proc.stdin.drain())) as Error).toBeInstanceOf(OSError);
      yield* errorOf(proc.stdin.waitClosed());
      proc.kill();
      yield* proc.wait();
    });
  });
});

describe("communicate", () => {
  it("writes all, reads all, and waits for the end", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessShell("cat; echo problem >&2; exit 3", {
        stdin: PIPE,
        stdout: PIPE,
        stderr: PIPE,
      });
      const [out, err] = yield* proc.communicate(bytes("input"));
      expect([text(out), text(err), proc.returncode]).toEqual(["input", "problem\n", 3]);
    });
  });

  it("pumps all three pipes at once: 50 MiB in each does not block", async () => {
    await clean(function* () {
      const size = 50 * MIB;
      const proc = yield* createSubprocessExec("bash", "-c", "tee >(cat >&2)", {
        stdin: PIPE,
        stdout: PIPE,
        stderr: PIPE,
      });
      const input = new Uint8Array(size).fill(97);
      input[size - 1] = 10;
      const [out, err] = yield* proc.communicate(input);
      expect([out.length, err.length, proc.returncode]).toEqual([size, size, 0]);
      expect(Buffer.compare(out, input)).toBe(0);
      expect(Buffer.compare(err, input)).toBe(0);
    });
  });

  it("reads 50 MiB each of stdout and stderr of a child that fills one, then the other", async () => {
    await clean(function* () {
      const zeros = `head -c ${50 * MIB} /dev/zero`;
      const proc = yield* createSubprocessShell(`${zeros} >&2; ${zeros}`, { stdout: PIPE, stderr: PIPE });
      const [out, err] = yield* proc.communicate();
      expect([out.length, err.length]).toEqual([50 * MIB, 50 * MIB]);
    });
  });

  it("closes stdin also without input, and for empty input", async () => {
    await clean(function* () {
      for (const input of [null, new Uint8Array(0)]) {
        const proc = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
        expect(yield* proc.communicate(input)).toEqual([new Uint8Array(0), null]);
      }
    });
  });

  it("does not mind a child that leaves its input unread", async () => {
    await clean(function* () {
      for (const line of ["exit 0", "exec <&-; sleep 0.05", "head -c 10 >/dev/null", "kill -9 $$"]) {
        const proc = yield* createSubprocessShell(line, { stdin: PIPE, stdout: PIPE });
        const [out] = yield* proc.communicate(new Uint8Array(5 * MIB));
        expect(out.length).toBe(0);
      }
    });
  });

  it("returns null for what is no PIPE, and stdout with stderr in it for STDOUT", async () => {
    await clean(function* () {
      const none = yield* createSubprocessExec("true");
      expect(yield* none.communicate()).toEqual([null, null]);
      const both = yield* createSubprocessShell("echo a; echo b >&2; echo c", { stdout: PIPE, stderr: STDOUT });
      const [out, err] = yield* both.communicate();
      expect([text(out), err]).toEqual(["a\nb\nc\n", null]);
    });
  });

  it("returns what there was of a child that is killed in the middle", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("cat", "/dev/zero", { stdin: PIPE, stdout: PIPE });
      const task = createTask(proc.communicate(new Uint8Array(MIB)));
      yield* until(() => /[1-9]\d* bytes/.test(String(proc.stdout)));
      proc.kill();
      const [out] = yield* task;
      expect(out.length).toBeGreaterThan(0);
      expect(proc.returncode).toBe(-9);
    });
  });

  it("works for a hundred children at once", async () => {
    await clean(function* () {
      function* one(i: number) {
        const proc = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE, stderr: STDOUT });
        return text((yield* proc.communicate(bytes(`${i}`)))[0]);
      }
      const numbers = Array.from({ length: 100 }, (_, i) => i);
      expect(yield* gather(...numbers.map(one))).toEqual(numbers.map(String));
    });
  });

  it("refuses input without a pipe, input given twice, and text", async () => {
    await clean(function* () {
      const none = yield* createSubprocessExec("true");
      expect(yield* errorOf(none.communicate(bytes("x")))).toBeInstanceOf(ValueError);
      yield* none.wait();
      const proc = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
      expect(yield* errorOf(proc.communicate(any("text")))).toBeInstanceOf(TypeError);
      expect(text((yield* proc.communicate(bytes("x")))[0])).toBe("x");
      expect(yield* errorOf(proc.communicate(bytes("x")))).toEqual(
        new ValueError("Cannot send input after starting communication"),
      );
    });
  });
});

describe("the child", () => {
  it("has this environment or the one given, the working directory, and the name that is asked for", async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "tsyncio-")));
    process.env.TSYNCIO_TEST = "inherited";
    await clean(function* () {
      expect(yield* output("echo $TSYNCIO_TEST")).toBe("inherited\n");
      const env = { PATH: process.env.PATH, ONLY: "this", NOT: undefined };
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell is to expand it
      expect(yield* output("echo $TSYNCIO_TEST-$ONLY-${NOT-unset}", { env })).toBe("-this-unset\n");
      expect(yield* output("pwd", { cwd: folder })).toBe(`${folder}\n`);
      expect(yield* output("pwd", { cwd: pathToFileURL(folder) })).toBe(`${folder}\n`);
      const proc = yield* createSubprocessExec("myself", "-c", "echo $0", { executable: "/bin/sh", stdout: PIPE });
      expect(text((yield* proc.communicate())[0])).toBe("myself\n");
      const shell = yield* createSubprocessShell('test -n "$BASH_VERSION" && echo bash', {
        executable: "/bin/bash",
        stdout: PIPE,
      });
      expect(text((yield* shell.communicate())[0])).toBe("bash\n");
    });
    delete process.env.TSYNCIO_TEST;
    rmSync(folder, { recursive: true });
  });

  it("gets its arguments as they are: no shell sees them", async () => {
    await clean(function* () {
      const args = ["$HOME", "a b", "*", "'", '"', "", "한국어", "\\n"];
      const proc = yield* createSubprocessExec("printf", "%s|", ...args, { stdout: PIPE });
      expect(text((yield* proc.communicate())[0])).toBe(args.map((arg) => `${arg}|`).join(""));
    });
  });

  it.each([
    ["is missing", "/no/such/folder"],
    ["is too long for the path of a socket", join(tmpdir(), "x".repeat(150))],
  ])("has stderr where stdout goes, also where TMPDIR %s", async (_what, folder) => {
    const { TMPDIR } = process.env;
    if (folder.length > 100) mkdirSync(folder, { recursive: true });
    process.env.TMPDIR = folder;
    try {
      await clean(function* () {
        const proc = yield* createSubprocessShell("echo out; echo err >&2", { stdout: PIPE, stderr: STDOUT });
        expect(text((yield* proc.communicate())[0])).toBe("out\nerr\n");
      });
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("has its merged output from nowhere a stranger can take it", async () => {
    const { TMPDIR } = process.env;
    const folder = mkdtempSync(join(tmpdir(), "tsyncio-"));
    process.env.TMPDIR = folder;
    let stolen = "";
    try {
      await clean(function* () {
        const starting = createTask(createSubprocessShell("echo mine; sleep 0.1", { stdout: PIPE, stderr: STDOUT }));
        yield* sleep(0);
        const [place = ""] = readdirSync(folder);
        expect(statSync(join(folder, place)).mode & 0o777).toBe(0o700);
        const strangers = ["", "0123456789abcdef"].map((says) => {
          const stranger = connect(join(folder, place, "pair"));
          stranger.on("error", () => {}).on("data", (data) => (stolen += data));
          if (says !== "") stranger.write(says);
          return stranger;
        });
        const proc = yield* starting;
        expect(text((yield* proc.communicate())[0])).toBe("mine\n");
        for (const stranger of strangers) stranger.destroy();
      });
      expect([stolen, readdirSync(folder)]).toEqual(["", []]);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("may have its pipes in files, by descriptor or by what has one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsyncio-"));
    const file = join(folder, "log");
    const fd = openSync(file, "w");
    await clean(function* () {
      const proc = yield* createSubprocessShell("echo out; echo err >&2", { stdout: fd, stderr: STDOUT });
      expect(yield* proc.wait()).toBe(0);
      const other = yield* createSubprocessShell("echo more", { stdout: { fd } });
      expect(yield* other.wait()).toBe(0);
    });
    closeSync(fd);
    expect(readFileSync(file, "utf8")).toBe("out\nerr\nmore\n");
    rmSync(folder, { recursive: true });
  });

  it("can have a session of its own", async () => {
    await clean(function* () {
      const own = yield* createSubprocessShell("ps -o sid= -p $$", { stdout: PIPE, startNewSession: true });
      expect(Number(text((yield* own.communicate())[0]))).toBe(own.pid);
    });
  });

  it.skipIf(process.getuid?.() !== 0)("can run as another user", async () => {
    await clean(function* () {
      expect(yield* output("id -u; id -g", { user: 65534, group: 65533, cwd: "/" })).toBe("65534\n65533\n");
    });
  });

  it("that cannot be started is a typed error with the system's code", async () => {
    await clean(function* () {
      const missing = (yield* errorOf(
        createSubprocessExec("no-such-program", { stdin: PIPE, stdout: PIPE }),
      )) as OSError;
      expect(missing).toBeInstanceOf(FileNotFoundError);
      expect([missing.code, missing.path]).toEqual(["ENOENT", "no-such-program"]);
      expect(missing.message).toBe('[ENOENT] no such file or directory: "no-such-program"');
      const merged = yield* errorOf(createSubprocessExec("no-such-program", { stdout: PIPE, stderr: STDOUT }));
      expect(merged).toBeInstanceOf(FileNotFoundError);
      const folder = (yield* errorOf(
        createSubprocessExec("true", { cwd: "/no/such/folder", stdout: INHERIT }),
      )) as OSError;
      expect(folder).toBeInstanceOf(FileNotFoundError);
      expect(folder.path).toBe("/no/such/folder");
      expect(yield* errorOf(createSubprocessExec("/etc/passwd"))).toBeInstanceOf(PermissionError);
      const long = (yield* errorOf(createSubprocessExec("echo", "x".repeat(4 * MIB)))) as OSError;
      expect([long.name, long.code]).toEqual(["OSError", "E2BIG"]);
    });
  });
});

describe("the end", () => {
  it("of the loop kills a child that still runs, and closes its pipes", async () => {
    let pid = 0;
    const before = process.getActiveResourcesInfo().length;
    await run(
      (function* () {
        const proc = yield* createSubprocessExec("sleep", "60", { stdin: PIPE, stdout: PIPE });
        createTask(proc.communicate());
        yield* sleep(0.02);
        pid = proc.pid;
      })(),
    );
    await run(until(() => !alive(pid) && process.getActiveResourcesInfo().length <= before));
  });

  it("of the loop reports a child that still runs, in debug mode", async () => {
    const reports: string[] = [];
    const host = new PlatformHost();
    host.report = (message) => void reports.push(message);
    const loop = new EventLoop({ host, debug: true });
    const proc = await loop.runUntilComplete(createSubprocessExec("sleep", "60"));
    loop.close();
    // A loaded machine may have taken long for a step of the loop, which debug mode reports too.
    expect(reports.filter((report) => !report.startsWith("Executing "))).toEqual([
      `unclosed transport <SubprocessTransport pid=${proc.pid} running>: the loop was closed while the process was running`,
    ]);
    await run(until(() => !alive(proc.pid)));
  });

  it("of the loop leaves a child with a session of its own alone", async () => {
    let pid = 0;
    await run(
      (function* () {
        pid = (yield* createSubprocessExec("sleep", "60", { startNewSession: true, stdout: INHERIT })).pid;
        yield* sleep(0.02);
      })(),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(alive(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
    await run(until(() => !alive(pid)));
  });

  it("of asyncWith kills the child, waits for it, and closes the pipes", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
      yield* asyncWith(proc, function* (same) {
        expect(same).toBe(proc);
        yield* sleep(0);
      });
      expect(proc.returncode).toBe(-9);
      const ended = yield* createSubprocessExec("true");
      yield* ended.wait();
      yield* asyncWith(ended, function* () {});
      expect(ended.returncode).toBe(0);
    });
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
