/** The process's own stdin, stdout and stderr as streams. */

import { ownOptions } from "../base/checks.ts";
import { DISPOSE } from "../base/dispose.ts";
import { getRunningLoop } from "../host/loops.ts";
import { thenable } from "../kernel/coroutines.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { connectReadPipe, connectWritePipe } from "./pipes.ts";
import { BaseProtocol } from "./protocols.ts";
import { checkUnread, type ReadPipeTransport } from "./readPipe.ts";
import { StreamReaderProtocol } from "./streamProtocol.ts";
import { StreamReader, type StreamReaderOptions } from "./streamReader.ts";
import { StreamWriter } from "./streamWriter.ts";
import { FLOW, type FlowProtocol, WriterFlow } from "./writerFlow.ts";

let connect: (reader: StdinReader, pipe: ReadPipeTransport) => void;

/** The reader that `openStdin` returns. */
export class StdinReader extends StreamReader {
  static {
    connect = (reader, pipe) => {
      reader.#pipe = pipe;
    };
  }

  #pipe: ReadPipeTransport | null = null;

  /**
   * Reads no more: stdin does not hold the process any longer. What is buffered goes back to stdin, for the next
   * `openStdin()`; this reader is at its end.
   */
  close(): void {
    const pipe = this.#pipe;
    this.#pipe = null;
    pipe?.giveBack();
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
export const openStdin = /* @__PURE__ */ thenable(function* openStdin(
  options: Pick<StreamReaderOptions, "limit"> = {},
): Coroutine<StdinReader> {
  const loop = getRunningLoop();
  const own = ownOptions("openStdin", options, { limit: true });
  checkUnread(process.stdin, "openStdin");
  const reader = new StdinReader({ ...own, loop });
  const [transport] = yield* connectReadPipe(() => new StreamReaderProtocol(reader, null, { loop }), process.stdin);
  connect(reader, transport as ReadPipeTransport);
  return reader;
});

/**
 * The process's stdout as a writer, with `drain()`: in asyncio `connect_write_pipe(…, sys.stdout)`. Closing it waits
 * for what is buffered, and leaves stdout to `console.log`.
 */
export function openStdout(): CoroutineObject<StreamWriter> {
  return openWriter(process.stdout);
}

/** The same for stderr. */
export function openStderr(): CoroutineObject<StreamWriter> {
  return openWriter(process.stderr);
}

const openWriter = thenable(function* openWriter(stream: NodeJS.WriteStream): Coroutine<StreamWriter> {
  const loop: EventLoop = getRunningLoop();
  const [transport, protocol] = yield* connectWritePipe(() => new PipeWriterProtocol(loop), stream);
  return new StreamWriter(transport, protocol, null, loop);
});

/** The protocol of stdout, or of stderr. */
class PipeWriterProtocol extends BaseProtocol implements FlowProtocol {
  readonly [FLOW]: WriterFlow;

  constructor(loop: EventLoop) {
    super();
    this[FLOW] = new WriterFlow(loop, this, { describeWait: () => "the end of a pipe" });
  }

  override pauseWriting(): void {
    this[FLOW].pauseWriting();
  }

  override resumeWriting(): void {
    this[FLOW].resumeWriting();
  }

  override connectionLost(error: Error | null): void {
    this[FLOW].connectionLost(error);
  }
}
