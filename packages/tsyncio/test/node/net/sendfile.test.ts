import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Coroutine, createTask, Event, fromPromise, isCancelled, RuntimeError, sleep, ValueError } from "tsyncio";
import {
  ConnectionResetError,
  OSError,
  openConnection,
  SendfileNotAvailableError,
  type StreamReader,
  type StreamWriter,
  sendfile,
  startServer,
  type Transport,
} from "tsyncio/net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf, thrownBy } from "../../support.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { bytes, portOf, real, text } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-sendfile-"));
const path = join(folder, "file");
const SIZE = 20 * 2 ** 20;
const content = new Uint8Array(SIZE).map((_, i) => (i * 31) >> 3);
let certificates: Certificates;
beforeAll(() => {
  writeFileSync(path, content);
  certificates = makeCertificates();
});
afterAll(() => {
  certificates.remove();
  rmSync(folder, { recursive: true });
});

const digest = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

/** Sends to a client, which does with it what it likes. */
function* sending<T>(
  send: (transport: Transport, file: FileHandle) => Coroutine<T>,
  receive: (reader: StreamReader, writer: StreamWriter) => Coroutine<unknown>,
  tls = false,
): Coroutine<T> {
  const { cert, key } = certificates.good;
  const server = yield* startServer(
    function* (reader, writer) {
      yield* receive(reader, writer);
      yield* writer.aexit();
    },
    "127.0.0.1",
    0,
    tls ? { ssl: { cert, key } } : {},
  );
  const options = tls ? { ssl: { ca: certificates.ca.cert } } : {};
  const [, writer] = yield* openConnection("localhost", portOf(server), options);
  const file = yield* fromPromise(open(path));
  try {
    return yield* send(writer.transport as Transport, file);
  } finally {
    yield* fromPromise(file.close());
    yield* writer.aexit();
    yield* server.aexit();
  }
}

/** Keeps the connection until its peer ends it. */
function* nothing(reader: StreamReader): Coroutine<void> {
  yield* reader.read();
}

describe("sendfile", () => {
  test.each(["TCP", "TLS"])("sends all of a file over %s, and returns how much that was", (kind) =>
    real(function* () {
      let got = "";
      const sent = yield* sending(
        (transport, file) => sendfile(transport, file),
        function* (reader) {
          got = digest(yield* reader.read());
        },
        kind === "TLS",
      );
      expect(sent).toBe(SIZE);
      expect(got).toBe(digest(content));
    }),
  );

  test("sends a part, and what there is if that is less; a descriptor is a file too", () =>
    real(function* () {
      let got = new Uint8Array();
      const send = function* (transport: Transport, file: FileHandle) {
        const counts = [
          yield* sendfile(transport, file, 5, 300_000),
          yield* sendfile(transport, file.fd, SIZE - 7, 100),
        ];
        return [...counts, yield* sendfile(transport, file, SIZE + 1)];
      };
      const counts = yield* sending(send, function* (reader) {
        got = (yield* reader.read()) as Uint8Array<ArrayBuffer>;
      });
      expect(counts).toEqual([300_000, 7, 0]);
      expect(digest(got)).toBe(digest(Buffer.concat([content.subarray(5, 300_005), content.subarray(SIZE - 7)])));
    }));

  test("waits for a peer that does not read, holds little of the file, and can be cancelled", () => {
    const gate = new Event();
    return real(() =>
      sending(
        function* (transport, file) {
          const task = createTask(sendfile(transport, file));
          yield* sleep(0.1);
          expect(task.done()).toBe(false);
          expect(transport.getWriteBufferSize()).toBeLessThan(2 ** 20);
          task.cancel();
          expect(isCancelled(yield* errorOf(task))).toBe(true);
          transport.abort();
          gate.set();
        },
        () => gate.wait(),
      ),
    );
  });

  test("bars other writes meanwhile, and no longer when it is cancelled or done", () =>
    real(function* () {
      let got = "";
      yield* sending(
        function* (transport, file) {
          const task = createTask(sendfile(transport, file));
          yield* sleep(0);
          const barred = (method: string) => new RuntimeError(`unable to ${method}; sendfile is in progress`);
          expect(thrownBy(() => transport.write(bytes("x")))).toEqual(barred("write"));
          expect(thrownBy(() => transport.writelines([bytes("x"), bytes("y")]))).toEqual(barred("writelines"));
          expect(thrownBy(() => transport.writeEof())).toEqual(barred("writeEof"));
          expect(yield* errorOf(sendfile(transport, file, 0, 1))).toEqual(barred("sendfile"));
          expect(yield* task).toBe(SIZE);
          transport.write(bytes("between"));
          const cancelled = createTask(sendfile(transport, file, 0, 3));
          yield* sleep(0);
          cancelled.cancel();
          expect(isCancelled(yield* errorOf(cancelled))).toBe(true);
          transport.write(bytes("end"));
        },
        function* (reader) {
          got = digest(yield* reader.read());
        },
      );
      expect(got).toBe(digest(Buffer.concat([content, bytes("betweenend")])));
    }));

  test("throws ConnectionResetError if the connection ends before", () =>
    real(function* () {
      const error = yield* sending(
        (transport, file) => errorOf(sendfile(transport, file)),
        function* (_reader, writer) {
          yield* sleep(0.05);
          writer.transport.abort();
        },
      );
      expect(error).toBeInstanceOf(ConnectionResetError);
    }));

  test("without its fallback refuses a file over TLS by RuntimeError", () =>
    real(() =>
      sending(
        function* (transport, file) {
          const error = (yield* errorOf(sendfile(transport, file, 0, null, { fallback: false }))) as Error;
          expect(error).not.toBeInstanceOf(SendfileNotAvailableError);
          expect(error.message).toContain("fallback is disabled and native sendfile is not supported for transport");
        },
        nothing,
        true,
      ),
    ));

  test("refuses what it cannot do", () =>
    real(() =>
      sending(function* (transport, file) {
        const refused = (...args: Parameters<typeof sendfile>) => errorOf(sendfile(...args));
        expect(yield* refused(transport, file, 0, null, { fallback: false })).toBeInstanceOf(SendfileNotAvailableError);
        const misspelt = yield* refused(transport, file, 0, null, { fallBack: false } as never);
        expect(misspelt).toEqual(
          new TypeError('sendfile has no option "fallBack": did you mean fallback? It has only fallback.'),
        );
        expect(yield* refused({} as Transport, file)).toBeInstanceOf(RuntimeError);
        expect(yield* refused(transport, path as never)).toBeInstanceOf(TypeError);
        for (const offset of [-1, 0.5]) expect(yield* refused(transport, file, offset)).toBeInstanceOf(ValueError);
        expect(yield* refused(transport, file, 0, 0)).toBeInstanceOf(ValueError);
        expect(yield* refused(transport, 999_999)).toMatchObject({ code: "EBADF" });
        expect(yield* refused(transport, 999_999)).toBeInstanceOf(OSError);
        transport.close();
        expect(text(Buffer.from(String(yield* refused(transport, file))))).toContain("Transport is closing");
      }, nothing),
    ));
});
