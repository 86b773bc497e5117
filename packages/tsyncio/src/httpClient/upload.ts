/** A body that is made while it is sent. */

import { toReadableStream } from "../interop/webStreams.ts";
import type { AsyncSource } from "../iteration/sources.ts";

export interface Upload {
  readonly stream: ReadableStream<Uint8Array>;
  /** Closes the source, and ends when it is closed; never fails. */
  stop(): Promise<void>;
}

/**
 * A second stream stands before that of the source: the platform has locked what it sends, and may leave it open when
 * it is aborted.
 */
export function uploadOf(source: AsyncSource<Uint8Array>): Upload {
  const reader = toReadableStream(source).getReader();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { stream, stop: () => reader.cancel().catch(ignore) };
}

function ignore(): void {}
