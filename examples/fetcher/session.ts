"use tsyncio";
/** A session: fetches a URL and returns its data, with a timeout for each try, and more tries where that helps. */

import { getRunningLoop, isCancelled, sleep, TimeoutError, taskSignal, timeout } from "tsyncio";

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

/** For `await using session = await Session.open(…)`. */
export class Session {
  private readonly options: SessionOptions;
  private closed = false;

  private constructor(options: SessionOptions) {
    this.options = options;
  }

  static async open(options: SessionOptions): Promise<Session> {
    // The first fetch of a process loads the client, which takes longer than many a request.
    await fetch("data:,");
    return new Session(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
  }

  /**
   * The data of the URL. Notes each try in `log`. Throws `FetchError`, or `TimeoutError` if the last try got no answer.
   */
  async fetch(url: string, log: Try[] = []): Promise<unknown> {
    if (this.closed) throw new Error("the session is closed: use it inside the block of its `await using`");
    let pause = this.options.backoff;
    for (let left = this.options.tries - 1; ; left--) {
      try {
        return await this.attempt(url, log);
      } catch (error) {
        const retryable = error instanceof TimeoutError || (error instanceof FetchError && error.retryable);
        if (!retryable || left <= 0) throw error;
      }
      await sleep(pause);
      pause *= 2;
    }
  }

  private async attempt(url: string, log: Try[]): Promise<unknown> {
    const loop = getRunningLoop();
    const attempt: Try = { begin: loop.time(), end: Number.NaN, outcome: "failed" };
    log.push(attempt);
    try {
      await using _deadline = timeout(this.options.timeout);
      const data = await request(url);
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
async function request(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: taskSignal() });
    const data: unknown = await response.json();
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
