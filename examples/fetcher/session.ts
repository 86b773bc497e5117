/** A session: fetches a URL and returns its data, with a timeout for each try, and more tries where that helps. */

import {
  asyncWith,
  fromPromise,
  getRunningLoop,
  isCancelled,
  RuntimeError,
  sleep,
  TimeoutError,
  timeout,
} from "tsyncio";

/** One request. Times are seconds of the loop's clock. */
export interface Try {
  begin: number;
  end: number;
  outcome: "ok" | "failed" | "timed out" | "cancelled";
}

export interface SessionOptions {
  /** Seconds for each try. */
  timeout: number;
  /** How often a URL is tried. */
  tries: number;
  /** Seconds between the first two tries; twice as many before each next one. */
  backoff: number;
}

/** A fetch that failed in a way that the session knows. */
export class FetchError extends Error {
  override name = "FetchError";
  readonly retryable: boolean;

  constructor(message: string, retryable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.retryable = retryable;
  }
}

export class Session {
  private readonly options: SessionOptions;
  private open = false;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  *aenter() {
    // The first fetch of a process loads the client, which takes longer than many a request.
    yield* fromPromise(fetch("data:,"));
    this.open = true;
    return this;
  }

  *aexit() {
    this.open = false;
  }

  /** The data of the URL. Notes each try in `log`. Throws `FetchError`, or `TimeoutError` if the last try got no answer. */
  *fetch(url: string, log: Try[] = []) {
    if (!this.open) throw new RuntimeError("the session is not open: use it inside asyncWith(session, …)");
    let pause = this.options.backoff;
    for (let left = this.options.tries - 1; ; left--) {
      try {
        return yield* this.attempt(url, log);
      } catch (error) {
        const retryable = error instanceof TimeoutError || (error instanceof FetchError && error.retryable);
        if (!retryable || left <= 0) throw error;
      }
      yield* sleep(pause);
      pause *= 2;
    }
  }

  private *attempt(url: string, log: Try[]) {
    const loop = getRunningLoop();
    const attempt: Try = { begin: loop.time(), end: Number.NaN, outcome: "failed" };
    log.push(attempt);
    try {
      const data = yield* asyncWith(timeout(this.options.timeout), () => request(url));
      attempt.outcome = "ok";
      return data;
    } catch (error) {
      if (error instanceof TimeoutError) attempt.outcome = "timed out";
      if (isCancelled(error)) attempt.outcome = "cancelled";
      throw error;
    } finally {
      attempt.end = loop.time();
    }
  }
}

/** One request. Cancelling the task aborts it. */
function* request(url: string) {
  try {
    const { response, data } = yield* fromPromise(async (signal) => {
      const response = await fetch(url, { signal });
      return { response, data: (await response.json()) as unknown };
    });
    if (!response.ok) throw new FetchError(`HTTP ${response.status}`, response.status >= 500);
    return data;
  } catch (error) {
    // What fetch rejects with when there is no connection, or no longer.
    if (error instanceof TypeError && error.cause !== undefined) {
      throw new FetchError("connection lost", true, { cause: error });
    }
    throw error;
  }
}
