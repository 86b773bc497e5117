/** The awaits of readers and writers. */

import { asyncWith, type Coroutine } from "tsyncio";
import { fromWebStreams, type StreamReader } from "tsyncio/net";
import { bytes } from "../net/support.ts";
import type { Awaits, Every } from "./every.ts";
import { FULL, inSilence, type Place } from "./places.ts";

const endless = (wait: (place: Place) => Coroutine<unknown> | Iterable<never>) => (every: Every) =>
  every("endless", inSilence(wait));

/** A read in the middle of a web stream that says no more. */
const webRead = (read: (reader: StreamReader) => Coroutine<unknown>) =>
  function* (every: Every) {
    yield* every("endless", function* () {
      const readable = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(bytes("half a line")),
      });
      const [reader, writer] = fromWebStreams({ readable, writable: new WritableStream() });
      return { wait: read(reader), after: () => writer.transport.abort() };
    });
  };

export const streams: Awaits = {
  "StreamReader.read": endless(({ reader }) => reader.read(10)),
  "StreamReader.read to the end": endless(({ reader }) => reader.read()),
  "StreamReader.readline": endless(({ reader }) => reader.readline()),
  "StreamReader.readExactly": endless(({ reader }) => reader.readExactly(5)),
  "StreamReader.readUntil": endless(({ reader }) => reader.readUntil(bytes("x"))),
  "StreamReader.anext": endless(({ reader }) => reader.anext()),
  "StreamReader.readline of a web stream": webRead((reader) => reader.readline()),
  "StreamReader.read of a web stream, to the end": webRead((reader) => reader.read()),
  "StreamWriter.drain": endless(({ writer }) => {
    writer.write(FULL);
    return writer.drain();
  }),
  "StreamWriter.write": endless(({ writer }) => writer.write(FULL) as never),
  "StreamWriter.writelines": endless(({ writer }) => writer.writelines([FULL, FULL]) as never),
  "StreamWriter.waitClosed": endless(({ writer }) => writer.waitClosed()),
  "StreamWriter.aexit": endless(({ writer }) => {
    writer.write(FULL);
    return writer.aexit();
  }),
  "StreamWriter.aexit by asyncWith": endless(({ writer }) =>
    asyncWith(writer, function* () {
      writer.write(FULL);
    }),
  ),
  "StreamWriter.drain to a web stream": function* (every) {
    yield* every("endless", function* () {
      const writable = new WritableStream<Uint8Array>({ write: () => new Promise(() => {}) });
      const [, writer] = fromWebStreams({ readable: new ReadableStream(), writable });
      writer.write(new Uint8Array(2 ** 20));
      return { wait: writer.drain(), after: () => writer.transport.abort() };
    });
  },
};
