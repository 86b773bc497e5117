/** A body that is made while it is sent. */

import { asFailure } from "../base/errors.ts";
import { toReadableStream } from "../interop/webStreams.ts";
import type { AsyncSource } from "../iteration/sources.ts";

export interface Upload {
  readonly stream: ReadableStream<Uint8Array>;
  /** Closes the source, and ends when it is closed; never fails. */
  stop(reason?: unknown): Promise<void>;
}

/**
 * A second stream stands before that of the source: the platform has locked what it sends, and may leave it open when
 * it is aborted.
 */
export function uploadOf(source: AsyncSource<Uint8Array> | ReadableStream<Uint8Array>): Upload {
  const reader = (source instanceof ReadableStream ? source : toReadableStream(source)).getReader();
  let stopped: Promise<void> | null = null;
  // Once: the promise of a second cancel() does not wait for the first.
  const stop = (reason?: unknown): Promise<void> => {
    stopped ??= reader.cancel(reason).catch(ignore);
    return stopped;
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read().catch(failed);
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  );
  return { stream, stop };
}

/** The platform looks for a name on the error, and would never end the request by `undefined`. */
function failed(error: unknown): never {
  throw asFailure(error);
}

function ignore(): void {}
