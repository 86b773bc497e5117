/** asyncio's streams and web streams, both ways. */

import { ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { StopAsyncIteration } from "../base/errors.ts";
import { toPromise } from "../interop/toPromise.ts";
import { readableOf } from "../interop/webStreams.ts";
import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { StreamReaderProtocol } from "./streamProtocol.ts";
import { bufferOf, StreamReader } from "./streamReader.ts";
import { StreamWriter } from "./streamWriter.ts";
import { type WebStreams, WebTransport } from "./webTransport.ts";

/** How much is read at once, in bytes. */
const CHUNK = 64 * 1024;

/**
 * The connection as a pair of web streams, for code that wants these. Cancelling `readable` only stops reading; closing
 * `writable` ends our side, aborting it drops the connection.
 *
 * @throws TypeError for what is no reader, or no writer.
 */
export function toWebStreams(reader: StreamReader, writer: StreamWriter): WebStreams {
  if (!(reader instanceof StreamReader)) throw new TypeError(`reader must be a StreamReader, got ${describe(reader)}`);
  if (typeof (writer ?? 0) !== "object") throw new TypeError(`writer must be a StreamWriter, got ${describe(writer)}`);
  const loop = currentLoop();
  const chunks = {
    aiter: () => chunks,
    *anext(): Coroutine<Uint8Array> {
      const chunk = yield* reader.read(CHUNK);
      if (chunk.length === 0) throw new StopAsyncIteration();
      return chunk;
    },
  };
  return {
    readable: readableOf(chunks, undefined, (chunk) => bufferOf(reader).unshift(chunk)),
    writable: writableOf(writer, loop),
  };
}

function writableOf(writer: StreamWriter, loop: EventLoop): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    async write(chunk) {
      writer.write(chunk);
      await toPromise(writer.drain(), { loop });
    },
    close() {
      if (writer.canWriteEof()) writer.writeEof();
      else writer.close();
    },
    abort() {
      writer.transport.abort();
    },
  });
}

/**
 * `[reader, writer]` over a pair of web streams, with asyncio's flow control. Closing the writer closes `writable` and
 * cancels `readable`.
 *
 * @throws TypeError for what is no such pair, or one that is locked.
 */
export function fromWebStreams(streams: WebStreams, options: { limit?: number } = {}): [StreamReader, StreamWriter] {
  checkPair(streams);
  const loop = currentLoop();
  loop._host.refuse?.("a pair of web streams");
  const reader = new StreamReader({ ...ownOptions("fromWebStreams", options, { limit: true }), loop });
  const protocol = new StreamReaderProtocol(reader, null, { loop });
  const transport = new WebTransport(loop, streams, protocol);
  return [reader, new StreamWriter(transport, protocol, reader, loop)];
}

function checkPair(streams: unknown): void {
  const pair = streams as Partial<WebStreams> | null | undefined;
  if (typeof pair?.readable?.getReader === "function" && typeof pair.writable?.getWriter === "function") return;
  throw new TypeError(
    `streams must be { readable: ReadableStream, writable: WritableStream }, got ${describe(streams)}`,
  );
}
