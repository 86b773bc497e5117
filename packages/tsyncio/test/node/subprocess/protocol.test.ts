import { createTask, getRunningLoop, isCancelled, RuntimeError, sleep, ValueError } from "tsyncio";
import {
  DEVNULL,
  INHERIT,
  PIPE,
  type PipeNumber,
  ProcessLookupError,
  STDOUT,
  SubprocessProtocol,
  type SubprocessTransport,
  subprocessExec,
  subprocessShell,
} from "tsyncio/net";
import { describe, expect, it } from "vitest";
import { any, errorOf } from "../../support.ts";
import { bytes, clean, text, until } from "./support.ts";

/** Writes down what it is told. */
class Recorder extends SubprocessProtocol {
  readonly calls: string[] = [];
  readonly output: Record<number, string> = {};
  transport: SubprocessTransport | null = null;

  override connectionMade(transport: SubprocessTransport): void {
    this.transport = transport;
    this.calls.push("made");
  }
  override pipeDataReceived(fd: PipeNumber, data: Uint8Array): void {
    this.output[fd] = (this.output[fd] ?? "") + text(data);
  }
  override pipeConnectionLost(fd: PipeNumber, error: Error | null): void {
    this.calls.push(`pipe ${fd} lost: ${error?.name ?? null}`);
  }
  override processExited(): void {
    this.calls.push(`exited: ${this.transport?.getReturncode()}`);
  }
  override connectionLost(error: Error | null): void {
    this.calls.push(`lost: ${error}`);
  }
  override pauseWriting(): void {
    this.calls.push("pause");
  }
  override resumeWriting(): void {
    this.calls.push("resume");
  }
  get ended(): boolean {
    return this.calls.at(-1)?.startsWith("lost") === true;
  }
}

describe("subprocessExec and subprocessShell", () => {
  it("connect a protocol with the child's pipes, and tell it of everything once", async () => {
    await clean(function* () {
      const [transport, protocol] = yield* subprocessExec(
        () => new Recorder(),
        "sh",
        "-c",
        "cat; echo problem >&2; exit 3",
        { stdin: PIPE, stdout: PIPE, stderr: PIPE },
      );
      expect(protocol.calls).toEqual(["made"]);
      expect(protocol.transport).toBe(transport);
      expect(transport.getProtocol()).toBe(protocol);
      expect(transport.getReturncode()).toBe(null);
      const stdin = transport.getPipeTransport(0);
      stdin?.writelines([bytes("hello "), bytes("world")]);
      stdin?.writeEof();
      expect(stdin?.isClosing()).toBe(true);
      yield* until(() => protocol.ended);
      expect(protocol.output).toEqual({ 1: "hello world", 2: "problem\n" });
      expect(protocol.calls.toSorted()).toEqual(
        ["made", "pipe 0 lost: null", "pipe 1 lost: null", "pipe 2 lost: null", "exited: 3", "lost: null"].toSorted(),
      );
      expect([protocol.calls[0], protocol.calls.at(-1)]).toEqual(["made", "lost: null"]);
      expect(transport.getReturncode()).toBe(3);
      expect(transport.isClosing()).toBe(false);
      transport.close();
      expect(transport.isClosing()).toBe(true);
    });
  });

  it("have pipes for PIPE only", async () => {
    await clean(function* () {
      const [transport, protocol] = yield* subprocessShell(() => new Recorder(), "cat; echo lost >&2; exit 1", {
        stdin: DEVNULL,
        stdout: DEVNULL,
        stderr: DEVNULL,
      });
      expect([0, 1, 2].map((fd) => transport.getPipeTransport(fd as 0))).toEqual([null, null, null]);
      yield* until(() => protocol.ended);
      expect(protocol.calls).toEqual(["made", "exited: 1", "lost: null"]);
    });
  });

  it("write stderr into the pipe of stdout for STDOUT, in the order of writing", async () => {
    await clean(function* () {
      const lines = "for i in 1 2 3; do echo out $i; echo err $i >&2; done";
      const [transport, protocol] = yield* subprocessShell(() => new Recorder(), lines, {
        stdout: PIPE,
        stderr: STDOUT,
      });
      expect(transport.getPipeTransport(2)).toBe(null);
      yield* until(() => protocol.ended);
      expect(protocol.output).toEqual({ 1: "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n" });
    });
  });

  it("send signals; close() kills, and closes the pipes", async () => {
    await clean(function* () {
      const none = { stdin: INHERIT, stdout: INHERIT, stderr: null };
      const [first, one] = yield* subprocessExec(() => new Recorder(), "sleep", "60", none);
      first.sendSignal("SIGUSR1");
      yield* until(() => one.ended);
      expect(one.calls).toEqual(["made", "exited: -10", "lost: null"]);
      const [second, two] = yield* subprocessExec(() => new Recorder(), "cat", { stdin: PIPE, stdout: PIPE });
      second.close();
      expect(second.isClosing()).toBe(true);
      yield* until(() => two.ended);
      expect(two.calls).toContain("exited: -9");
      second.close();
    });
  });

  it("pause the writing protocol above the high mark, and resume it at the low one", async () => {
    await clean(function* () {
      const [transport, protocol] = yield* subprocessExec(
        () => new Recorder(),
        "sh",
        "-c",
        "kill -STOP $$; cat >/dev/null",
        {
          stdin: PIPE,
        },
      );
      const stdin = transport.getPipeTransport(0);
      if (stdin === null) throw new Error("no stdin");
      expect(stdin.getWriteBufferLimits()).toEqual([16384, 65536]);
      stdin.write(new Uint8Array(1 << 20));
      expect(protocol.calls).toEqual(["made", "pause"]);
      expect(stdin.getWriteBufferSize()).toBeGreaterThan(65536);
      yield* sleep(0.05);
      expect(protocol.calls).toEqual(["made", "pause"]);
      // The child may not have stopped yet when it is told to go on.
      yield* until(() => {
        transport.sendSignal("SIGCONT");
        return protocol.calls.includes("resume");
      });
      expect(stdin.getWriteBufferSize()).toBe(0);
      stdin.close();
      yield* until(() => protocol.ended);
    });
  });

  it("stop reading a paused pipe: the child has to wait", async () => {
    await clean(function* () {
      const [transport, protocol] = yield* subprocessExec(() => new Recorder(), "head", "-c", "5000000", "/dev/zero", {
        stdout: PIPE,
      });
      const stdout = transport.getPipeTransport(1);
      stdout?.pauseReading();
      expect(stdout?.isReading()).toBe(false);
      yield* sleep(0.2);
      expect(protocol.output).toEqual({});
      expect(transport.getReturncode()).toBe(null);
      stdout?.resumeReading();
      yield* until(() => protocol.ended);
      expect(protocol.output[1]?.length).toBe(5_000_000);
    });
  });

  it("keep what comes while paused, also when the child has ended", async () => {
    await clean(function* () {
      const [transport, protocol] = yield* subprocessExec(() => new Recorder(), "echo", "late", { stdout: PIPE });
      transport.getPipeTransport(1)?.pauseReading();
      yield* until(() => transport.getReturncode() !== null);
      yield* sleep(0.05);
      expect(protocol.output).toEqual({});
      transport.getPipeTransport(1)?.resumeReading();
      yield* until(() => protocol.ended);
      expect(protocol.output).toEqual({ 1: "late\n" });
    });
  });

  it("tell at once of a stdin that the child has closed, with nothing written", async () => {
    await clean(function* () {
      const [transport, protocol] = yield* subprocessExec(() => new Recorder(), "sh", "-c", "exec <&-; read x <&2", {
        stdin: PIPE,
        stdout: INHERIT,
        stderr: PIPE,
      });
      yield* until(() => protocol.calls.includes("pipe 0 lost: null"));
      expect(transport.getReturncode()).toBe(null);
      expect(transport.getPipeTransport(0)?.isClosing()).toBe(true);
      transport.close();
      yield* until(() => protocol.ended);
    });
  });

  it("send no signal after the exit, and say so when connectionLost() was called", async () => {
    await clean(function* () {
      const [transport, protocol] = yield* subprocessExec(() => new Recorder(), "sh", "-c", "sleep 60 & echo $!", {
        stdout: PIPE,
        stderr: INHERIT,
      });
      yield* until(() => protocol.calls.includes("exited: 0"));
      transport.terminate(); // the grandchild has the pipe
      process.kill(Number(protocol.output[1]));
      yield* until(() => protocol.ended);
      expect(() => transport.kill()).toThrow(ProcessLookupError);
    });
  });

  it("tell of a stdin that has no reader any more by BrokenPipeError", async () => {
    await clean(function* () {
      const [transport, protocol] = yield* subprocessExec(() => new Recorder(), "sh", "-c", "exec <&-; exec sleep 60", {
        stdin: PIPE,
      });
      transport.getPipeTransport(0)?.write(new Uint8Array(1 << 20));
      yield* until(() => protocol.calls.includes("pipe 0 lost: BrokenPipeError"));
      transport.kill();
      yield* until(() => protocol.ended);
      transport.getPipeTransport(0)?.write(bytes("ignored"));
    });
  });

  it("report what a protocol throws, and go on", async () => {
    const messages: string[] = [];
    await clean(function* () {
      class Faulty extends Recorder {
        override pipeDataReceived(): void {
          throw new TypeError("of the protocol");
        }
      }
      const [transport, protocol] = yield* subprocessExec(() => new Faulty(), "echo", "x", { stdout: PIPE });
      const loop = getRunningLoop();
      const handler = loop.getExceptionHandler();
      loop.setExceptionHandler((_loop, { exception }) => messages.push(String(exception)));
      yield* until(() => protocol.ended);
      loop.setExceptionHandler(handler);
      expect(transport.getReturncode()).toBe(0);
    });
    expect(messages).toEqual(["TypeError: of the protocol"]);
  });

  it("kill the child if they are cancelled before they return", async () => {
    await clean(function* () {
      const protocol = new Recorder();
      const task = createTask(subprocessExec(() => protocol, "sleep", "60", { stdin: PIPE }));
      yield* sleep(0);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
    });
  });

  it("refuse what asyncio refuses, what is no option, and what is no argument", async () => {
    await clean(function* () {
      const refused = (options: object) => errorOf(subprocessExec(() => new Recorder(), "true", any(options)));
      for (const [name, value] of Object.entries({
        text: true,
        universalNewlines: true,
        bufsize: 1,
        encoding: "utf8",
      })) {
        const error = yield* refused({ [name]: value });
        expect(error, name).toBeInstanceOf(ValueError);
        expect(String(error)).toContain(`${name} must be`);
      }
      expect(yield* refused({ errors: "strict" })).toBeInstanceOf(ValueError);
      expect(yield* refused({ shell: true })).toEqual(new ValueError("shell must be false"));
      expect(yield* errorOf(subprocessShell(() => new Recorder(), "true", any({ shell: false })))).toEqual(
        new ValueError("shell must be true"),
      );
      expect(yield* refused({ detached: true })).toEqual(
        new TypeError(
          'subprocessExec has no option "detached". It has stdin, stdout, stderr, cwd, env, executable, ' +
            "startNewSession, user and group.",
        ),
      );
      expect(yield* refused({ stdin: STDOUT })).toEqual(new ValueError("STDOUT can only be used for stderr"));
      expect(yield* refused({ stdout: -7 })).toBeInstanceOf(ValueError);
      expect(yield* refused({ stdout: "pipe" })).toBeInstanceOf(TypeError);
      expect(yield* errorOf(subprocessExec(() => new Recorder(), any(5)))).toBeInstanceOf(TypeError);
      expect(yield* errorOf(subprocessExec(() => new Recorder(), "echo", any(5)))).toBeInstanceOf(TypeError);
      expect(yield* errorOf(subprocessExec(() => new Recorder(), "echo", "a\0b"))).toBeInstanceOf(ValueError);
    });
  });

  it("need a running loop", () => {
    const coro = subprocessExec(() => new Recorder(), "true");
    expect(() => coro.next()).toThrow(RuntimeError);
  });
});
