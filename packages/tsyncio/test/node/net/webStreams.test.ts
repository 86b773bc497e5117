import { asyncWith, fromPromise, sleep } from "tsyncio";
import { fromWebStreams, openConnection, StreamReader, startServer, toWebStreams } from "tsyncio/net";
import { describe, expect, test } from "vitest";
import { any, errorOf, thrownBy } from "../../support.ts";
import { bytes, echo, portOf, real, text } from "./support.ts";

describe("web streams", () => {
  test("a connection as a pair of them, for native code", () =>
    real(function* () {
      const server = yield* startServer(echo, "127.0.0.1", 0);
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      const { readable, writable } = toWebStreams(reader, writer);
      const native = async () => {
        const sink = writable.getWriter();
        for (let i = 0; i < 100; i++) await sink.write(new Uint8Array(20_000).fill(i));
        await sink.close();
      };
      const collected = (async () => {
        let all = 0;
        for await (const chunk of readable) all += chunk.length;
        return all;
      })();
      yield* fromPromise(native());
      expect(yield* fromPromise(collected)).toBe(2_000_000);
      yield* writer.aexit();
      yield* server.aexit();
    }));

  test("a pair of them as asyncio's streams", () =>
    real(function* () {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const [reader, writer] = fromWebStreams({ readable, writable });
      yield* writer.write(bytes("one\ntwo\n"));
      expect(text(yield* reader.readline())).toBe("one\n");
      expect(text(yield* reader.readline())).toBe("two\n");
      writer.writeEof();
      expect(yield* reader.read()).toHaveLength(0);
      yield* writer.aexit();
    }));

  test("a sink that is slow makes drain wait, an error of it arrives", () =>
    real(function* () {
      let taken = 0;
      const writable = new WritableStream<Uint8Array>({
        async write(chunk) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          taken += chunk.length;
          if (taken > 400_000) throw new Error("full");
        },
      });
      const [, writer] = fromWebStreams({ readable: new ReadableStream(), writable });
      const push = function* () {
        for (;;) {
          yield* writer.write(new Uint8Array(100_000));
          expect(writer.transport.getWriteBufferSize()).toBeLessThan(200_000);
        }
      };
      expect(String(yield* errorOf(push()))).toContain("full");
      yield* sleep(0);
      expect(taken).toBeGreaterThan(400_000);
    }));

  test("leaving asyncWith closes both", () =>
    real(function* () {
      let cancelled = false;
      let closed = false;
      const readable = new ReadableStream<Uint8Array>({
        cancel() {
          cancelled = true;
        },
      });
      const writable = new WritableStream<Uint8Array>({
        close() {
          closed = true;
        },
      });
      const [, writer] = fromWebStreams({ readable, writable });
      yield* asyncWith(writer, function* () {
        writer.write(bytes("x"));
      });
      expect([cancelled, closed]).toEqual([true, true]);
    }));

  test("that are left open when the loop ends are cancelled and aborted; what they say later is not heard", async () => {
    const said: string[] = [];
    const note = (error: unknown) => void said.push(String(error));
    process.on("unhandledRejection", note);
    let fail = (_error: Error) => {};
    let failWrite = (_error: Error) => {};
    const readable = new ReadableStream<Uint8Array>({
      start(controller) {
        fail = (error) => controller.error(error);
      },
      cancel() {
        said.push("cancelled");
      },
    });
    const writable = new WritableStream<Uint8Array>({
      write: () =>
        new Promise((_resolve, reject) => {
          failWrite = reject;
        }),
      abort() {
        said.push("aborted");
      },
    });
    await real(function* () {
      const [, writer] = fromWebStreams({ readable, writable });
      writer.write(new Uint8Array(100_000));
      yield* sleep(0.01);
    });
    expect([readable.locked, writable.locked]).toEqual([false, false]);
    try {
      fail(new Error("late"));
    } catch {
      // The stream is closed.
    }
    failWrite(new Error("late too"));
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off("unhandledRejection", note);
    expect(said).toEqual(["cancelled", "aborted"]);
  });

  test("of anything but bytes are a TypeError to the reader, and let go", () =>
    real(function* () {
      for (const chunk of ["text", 5, new ArrayBuffer(2), null]) {
        const readable = new ReadableStream({
          start(controller) {
            controller.enqueue(chunk);
          },
        });
        const writable = new WritableStream();
        const [reader, writer] = fromWebStreams({ readable: readable as ReadableStream<Uint8Array>, writable });
        const error = yield* errorOf(reader.read());
        expect(error).toBeInstanceOf(TypeError);
        expect(String(error)).toContain("a stream of bytes was expected, got a chunk that is");
        expect(yield* errorOf(writer.waitClosed())).toBe(error);
        expect([readable.locked, writable.locked]).toEqual([false, false]);
      }
    }));

  test("that fail to write tell drain(), the reader and waitClosed()", () =>
    real(function* () {
      const full = new Error("disk full");
      const streams = {
        readable: new ReadableStream<Uint8Array>(),
        writable: new WritableStream<Uint8Array>({
          write() {
            throw full;
          },
        }),
      };
      const [reader, writer] = fromWebStreams(streams);
      writer.write(new Uint8Array(100_000));
      expect(yield* errorOf(writer.drain())).toBe(full);
      expect(yield* errorOf(reader.read())).toBe(full);
      expect(yield* errorOf(writer.waitClosed())).toBe(full);
      expect([streams.readable.locked, streams.writable.locked]).toEqual([false, false]);
    }));

  test("that are cancelled while a chunk is on its way leave it to the reader", () =>
    real(function* () {
      for (let turns = 0; turns < 6; turns++) {
        const reader = new StreamReader();
        const { readable } = toWebStreams(reader, any({}));
        const stream = readable.getReader();
        const read = stream.read();
        yield* sleep(0.001);
        reader.feedData(bytes("kept"));
        reader.feedEof();
        for (let i = 0; i < turns; i++) yield* sleep(0);
        const cancelled = stream.cancel();
        const { value } = yield* fromPromise(read);
        yield* fromPromise(cancelled);
        expect(text(value ?? (yield* reader.read()))).toBe("kept");
      }
    }));

  test("are a TypeError that says what they must be, when they are none", () =>
    real(function* () {
      const said = (make: () => unknown): string => String(thrownBy(make));
      const expected = "TypeError: streams must be { readable: ReadableStream, writable: WritableStream }, got";
      expect(said(() => fromWebStreams(any(null)))).toBe(`${expected} null`);
      for (const wrong of [undefined, 5, {}, { readable: 1, writable: 2 }, new ReadableStream()]) {
        expect(said(() => fromWebStreams(any(wrong)))).toContain(expected);
      }
      expect(said(() => toWebStreams(any(null), any(null)))).toBe("TypeError: reader must be a StreamReader, got null");
      expect(said(() => toWebStreams(new StreamReader(), any(5)))).toBe(
        "TypeError: writer must be a StreamWriter, got 5",
      );
    }));
});
