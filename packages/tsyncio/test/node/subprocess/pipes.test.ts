import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { createTask, getRunningLoop, isCancelled, run, sleep } from "tsyncio";
import { BaseProtocol, connectReadPipe, connectWritePipe, Protocol } from "tsyncio/net";
import { describe, expect, it } from "vitest";
import { any, errorOf } from "../../support.ts";
import { bytes, clean, text, until } from "./support.ts";

class Reading extends Protocol {
  readonly calls: string[] = [];
  override connectionMade(): void {
    this.calls.push("made");
  }
  override dataReceived(data: Uint8Array): void {
    this.calls.push(`data ${text(data)}`);
  }
  override eofReceived(): void {
    this.calls.push("eof");
  }
  override connectionLost(error: Error | null): void {
    this.calls.push(`lost ${error}`);
  }
}

class Writing extends BaseProtocol {
  readonly calls: string[] = [];
  override connectionLost(error: Error | null): void {
    this.calls.push(`lost ${error}`);
  }
  override pauseWriting(): void {
    this.calls.push("pause");
  }
  override resumeWriting(): void {
    this.calls.push("resume");
  }
}

/** The protocol is told a turn after its pipe has ended. */
function isLost({ calls }: { readonly calls: readonly string[] }): boolean {
  return calls.at(-1)?.startsWith("lost") === true;
}

describe("connectReadPipe", () => {
  it("passes to a protocol what a readable stream of Node yields, then its end", async () => {
    await clean(function* () {
      const pipe = new PassThrough();
      const [transport, protocol] = yield* connectReadPipe(() => new Reading(), pipe);
      expect(protocol.calls).toEqual(["made"]);
      expect(transport.getExtraInfo("pipe")).toBe(pipe);
      pipe.write("one");
      yield* until(() => protocol.calls.length === 2);
      pipe.end("two");
      yield* until(() => isLost(protocol));
      expect(protocol.calls).toEqual(["made", "data one", "data two", "eof", "lost null"]);
      expect(transport.isClosing()).toBe(true);
    });
  });

  it("calls the protocol inside the loop", async () => {
    await clean(function* () {
      const loops: unknown[] = [];
      class Where extends Protocol {
        override dataReceived(): void {
          loops.push(getRunningLoop());
        }
      }
      const pipe = new PassThrough();
      yield* connectReadPipe(() => new Where(), pipe);
      pipe.end("x");
      yield* until(() => pipe.destroyed);
      expect(loops).toEqual([getRunningLoop()]);
    });
  });

  it("closes the stream with the transport, and nothing more is received", async () => {
    await clean(function* () {
      const pipe = new PassThrough();
      const [transport, protocol] = yield* connectReadPipe(() => new Reading(), pipe);
      pipe.write("never delivered");
      transport.close();
      transport.close();
      yield* until(() => isLost(protocol));
      expect(protocol.calls).toEqual(["made", "lost null"]);
    });
  });

  it("tells of an error of the stream as it is, and of one of the system as an OSError; both are reported", async () => {
    await clean(function* () {
      const reports: string[] = [];
      getRunningLoop().setExceptionHandler((_loop, { message, exception }) => {
        reports.push(`${message}: ${(exception as Error).name}`);
      });
      const pipe = new PassThrough();
      const [, protocol] = yield* connectReadPipe(() => new Reading(), pipe);
      pipe.destroy(new RangeError("of the stream"));
      const missing = createReadStream("/nowhere/at/all");
      const [, other] = yield* connectReadPipe(() => new Reading(), missing);
      yield* until(() => other.calls.length === 2 && protocol.calls.length === 2);
      expect(protocol.calls).toEqual(["made", "lost RangeError: of the stream"]);
      expect(other.calls[1]).toMatch(/^lost FileNotFoundError: \[ENOENT\]/);
      expect(reports.sort()).toEqual([
        "Fatal read error on pipe transport: FileNotFoundError",
        "Fatal read error on pipe transport: RangeError",
      ]);
    });
  });

  it("does not report the hang-up of a terminal", async () => {
    await clean(function* () {
      const pipe = new PassThrough();
      const [, protocol] = yield* connectReadPipe(() => new Reading(), pipe);
      pipe.destroy(Object.assign(new Error("read EIO"), { code: "EIO", errno: -5, syscall: "read" }));
      yield* until(() => protocol.calls.length === 2);
      expect(protocol.calls[1]).toMatch(/^lost OSError: \[EIO\]/);
    });
  });

  it.each(["utf8", "hex", "base64", "latin1"] as const)(
    "returns bytes of a stream with the encoding %s",
    async (encoding) => {
      await clean(function* () {
        const pipe = new PassThrough();
        pipe.setEncoding(encoding);
        const received: number[] = [];
        class Bytes extends Protocol {
          override dataReceived(data: Uint8Array): void {
            expect(data).toBeInstanceOf(Uint8Array);
            received.push(...data);
          }
        }
        yield* connectReadPipe(() => new Bytes(), pipe);
        pipe.write(bytes("añ한글ab"));
        pipe.end(bytes("cd"));
        yield* until(() => pipe.destroyed);
        expect(received).toEqual([...bytes("añ한글abcd")]);
      });
    },
  );

  it("pauses a stream while the loop does not deliver", async () => {
    await clean(function* () {
      const pipe = new PassThrough();
      const [, protocol] = yield* connectReadPipe(() => new Reading(), pipe);
      const turned = until(() => pipe.isPaused());
      for (let i = 0; i < 1000; i++) pipe.write("x");
      yield* turned;
      pipe.end();
      yield* until(() => isLost(protocol));
      expect(protocol.calls.filter((call) => call.startsWith("data")).length).toBe(1000);
    });
  });

  it("delivers nothing while it is paused, and all of it after", async () => {
    await clean(function* () {
      const pipe = new PassThrough();
      const [transport, protocol] = yield* connectReadPipe(() => new Reading(), pipe);
      pipe.write("a");
      yield* until(() => protocol.calls.length === 2);
      transport.pauseReading();
      pipe.write("b");
      pipe.end("c");
      yield* sleep(0.05);
      expect(protocol.calls).toEqual(["made", "data a"]);
      transport.resumeReading();
      yield* until(() => isLost(protocol));
      expect(protocol.calls.slice(2)).toEqual(["data b", "data c", "eof", "lost null"]);
    });
  });

  it("reads the end at once for a stream that has ended, and refuses what yields no bytes", async () => {
    await clean(function* () {
      const pipe = new PassThrough();
      pipe.destroy();
      const [, protocol] = yield* connectReadPipe(() => new Reading(), pipe);
      yield* until(() => protocol.calls.length === 3);
      expect(protocol.calls).toEqual(["made", "eof", "lost null"]);
      expect(yield* errorOf(connectReadPipe(() => new Reading(), any("stdin")))).toBeInstanceOf(TypeError);
      expect(yield* errorOf(connectReadPipe(() => new Reading(), Readable.from([1])))).toBeInstanceOf(TypeError);
    });
  });

  it("closes the stream when it is cancelled", async () => {
    await clean(function* () {
      const pipe = new PassThrough();
      const task = createTask(connectReadPipe(() => new Reading(), pipe));
      yield* sleep(0);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
      yield* until(() => pipe.destroyed);
    });
  });

  it("lets go of the stream when the loop is closed", async () => {
    const pipe = new PassThrough();
    await run(connectReadPipe(() => new Reading(), pipe));
    expect(pipe.destroyed).toBe(true);
  });
});

/** Takes a piece only when it is told to. */
class Slow extends Writable {
  private next: (() => void) | null = null;
  readonly got: string[] = [];
  override _write(chunk: Uint8Array, _encoding: string, callback: () => void): void {
    this.got.push(String(chunk.length));
    this.next = callback;
  }
  take(): void {
    this.next?.();
  }
}

describe("connectWritePipe", () => {
  it("writes to a writable stream of Node, flushes at close, and ends the stream", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsyncio-"));
    const file = join(folder, "out.txt");
    await clean(function* () {
      const pipe = createWriteStream(file);
      const [transport, protocol] = yield* connectWritePipe(() => new Writing(), pipe);
      expect(transport.canWriteEof()).toBe(true);
      transport.write(bytes("one "));
      transport.writelines([bytes("two "), bytes(""), bytes("three")]);
      transport.close();
      transport.write(bytes("too late"));
      yield* until(() => isLost(protocol));
      expect(readFileSync(file, "utf8")).toBe("one two three");
      expect(protocol.calls).toEqual(["lost null"]);
    });
    rmSync(folder, { recursive: true });
  });

  it("pauses the protocol in write() itself above the high mark, and resumes it at the low one", async () => {
    await clean(function* () {
      const pipe = new Slow();
      const [transport, protocol] = yield* connectWritePipe(() => new Writing(), pipe);
      transport.setWriteBufferLimits({ high: 10, low: 5 });
      transport.write(new Uint8Array(6));
      expect(protocol.calls).toEqual([]);
      transport.write(new Uint8Array(5));
      expect(protocol.calls).toEqual(["pause"]);
      expect(transport.getWriteBufferSize()).toBe(11);
      pipe.take();
      yield* until(() => protocol.calls.length === 2);
      expect(protocol.calls).toEqual(["pause", "resume"]);
      expect(transport.getWriteBufferSize()).toBe(5);
      transport.abort();
      yield* until(() => isLost(protocol));
      expect(protocol.calls).toEqual(["pause", "resume", "lost null"]);
    });
  });

  it("tells of a stream that is destroyed with data in it by BrokenPipeError, of another by null", async () => {
    await clean(function* () {
      const pipe = new Slow();
      const [transport, protocol] = yield* connectWritePipe(() => new Writing(), pipe);
      transport.write(new Uint8Array(6));
      pipe.destroy();
      const empty = new Slow();
      const [, other] = yield* connectWritePipe(() => new Writing(), empty);
      empty.destroy();
      yield* until(() => protocol.calls.length === 1 && other.calls.length === 1);
      expect(protocol.calls[0]).toMatch(/^lost BrokenPipeError/);
      expect(other.calls).toEqual(["lost null"]);
      expect(transport.isClosing()).toBe(true);
    });
  });

  it("refuses text, and what is no stream", async () => {
    await clean(function* () {
      const pipe = new PassThrough();
      const [transport] = yield* connectWritePipe(() => new Writing(), pipe);
      expect(() => transport.write(any("text"))).toThrow(/write expects a Uint8Array.*TextEncoder/);
      transport.close();
      expect(yield* errorOf(connectWritePipe(() => new Writing(), any(null)))).toBeInstanceOf(TypeError);
    });
  });
});
