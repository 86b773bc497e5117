/** What goes wrong because a server is out of reach, starts up, or has no space left: it may work later. */

/** Of the system, and SQLSTATE. */
const CODES = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EPIPE", "EHOSTUNREACH", "ENETUNREACH"],
  ...["08000", "08001", "08003", "08004", "08006"], // the connection
  ...["57P01", "57P02", "57P03"], // the server ends, or starts
  ...["53000", "53100", "53200", "53300"], // no space on the disk, no memory, too many connections
  ...["40001", "40P01"], // of two transactions one has to begin again
]);

/** Redis names the kind in front; pg and ioredis have no code for a connection that ends, or breaks in an answer. */
const TEXTS =
  /\b(?:LOADING|MISCONF|OOM|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)\b|ECONNREFUSED|Connection terminated|Connection is closed|Command aborted due to connection close|timeout exceeded when trying to connect/;

export function isTemporary(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return CODES.has(String(code)) || TEXTS.test(String(message));
}

/** Milliseconds. */
const AGAIN = 500;

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, AGAIN));
}

/** Calls again while that may help, and `goesOn` says so. */
export async function untilItWorks<T>(call: () => Promise<T>, goesOn: (error: unknown) => boolean): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isTemporary(error) || !goesOn(error)) throw error;
    }
    await pause();
  }
}
