/** The process's own stdin, stdout and stderr as streams. */

import { ownOptions } from "../base/checks.ts";
import { DISPOSE } from "../base/dispose.ts";
import { getRunningLoop } from "../host/loops.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { connectReadPipe, connectWritePipe } from "./pipes.ts";
import { checkUnread, type ReadPipeTransport } from "./readPipe.ts";
import { StreamReaderProtocol } from "./streamProtocol.ts";
import { StreamReader, type StreamReaderOptions } from "./streamReader.ts";
import { StreamWriter } from "./streamWriter.ts";
import { WriterFlow } from "./writerFlow.ts";

/** The reader that `openStdin` gives. */
export class StdinReader extends StreamReader {
  private pipe: ReadPipeTransport | null = null;

  /** @internal */
  _connected(pipe: ReadPipeTransport): void {
    this.pipe = pipe;
  }

  /**
   * Reads no more: stdin does not hold the process any longer. What is buffered goes back to stdin, for the next
   * `openStdin()`; this reader is at its end.
   */
  close(): void {
    const { pipe } = this;
    this.pipe = null;
    pipe?._giveBack();
    pipe?.close();
  }

  /** For `using`. */
  [DISPOSE](): void {
    this.close();
  }
}

/**
 * The process's stdin, be it a pipe, a terminal or a file: in asyncio `connect_read_pipe(…, sys.stdin)`. While it is
 * open it holds the process; `close()`, the end of the input or the end of the loop lets go.
 *
 *     yield* asyncFor(yield* openStdin(), function* (line) { … });
 *
 * @throws RuntimeError if stdin is open already: two readers would each get all of it.
 */
export function* openStdin(options: Pick<StreamReaderOptions, "limit"> = {}): Coroutine<StdinReader> {
  const loop = getRunningLoop();
  const own = ownOptions("openStdin", options, { limit: true });
  checkUnread(process.stdin, "openStdin");
  const reader = new StdinReader({ ...own, loop });
  const [transport] = yield* connectReadPipe(() => new StreamReaderProtocol(reader, null, { loop }), process.stdin);
  reader._connected(transport as ReadPipeTransport);
  return reader;
}

/**
 * The process's stdout as a writer, with `drain()`: in asyncio `connect_write_pipe(…, sys.stdout)`. Closing it waits for
 * what is buffered, and leaves stdout to `console.log`.
 */
export function openStdout(): Coroutine<StreamWriter> {
  return openWriter(process.stdout);
}

/** The same for stderr. */
export function openStderr(): Coroutine<StreamWriter> {
  return openWriter(process.stderr);
}

function* openWriter(stream: NodeJS.WriteStream): Coroutine<StreamWriter> {
  const loop: EventLoop = getRunningLoop();
  const [transport, protocol] = yield* connectWritePipe(() => new WriterFlow({ loop }), stream);
  return new StreamWriter(transport, protocol, null, loop);
}
