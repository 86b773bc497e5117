import { asyncWith, fromPromise, sleep } from "tsyncio";
import { fromWebStreams, openConnection, startServer, toWebStreams } from "tsyncio/net";
import { describe, expect, test } from "vitest";
import { errorOf } from "../../support.ts";
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
});
