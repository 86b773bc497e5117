/** The errors of concurrent.futures. */

import { named, RuntimeError } from "../base/errors.ts";

/**
 * The worker has ended before the job had. Unlike in Python, this is the end of that job only: the pool makes a new
 * worker for the next one. Only after an initializer has failed is the whole pool unusable.
 */
export const BrokenExecutor = /* @__PURE__ */ named(
  "BrokenExecutor",
  class BrokenExecutor extends RuntimeError {
    /** With which code the worker has ended; null if a signal ended it, or if it never began. */
    readonly exitCode: number | null;
    /** The signal that ended a process, such as "SIGKILL". */
    readonly signal: string | null;

    constructor(
      message: string,
      options: ErrorOptions & { exitCode?: number | null | undefined; signal?: string | null | undefined } = {},
    ) {
      super(message, "cause" in options ? { cause: options.cause } : undefined);
      this.exitCode = options.exitCode ?? null;
      this.signal = options.signal ?? null;
    }
  },
);
export type BrokenExecutor = InstanceType<typeof BrokenExecutor>;

/** A thread of a `ThreadPoolExecutor` has ended before its job had. */
export const BrokenThreadPool = /* @__PURE__ */ named(
  "BrokenThreadPool",
  class BrokenThreadPool extends BrokenExecutor {},
);
export type BrokenThreadPool = InstanceType<typeof BrokenThreadPool>;

/** A process of a `ProcessPoolExecutor` has ended before its job had. */
export const BrokenProcessPool = /* @__PURE__ */ named(
  "BrokenProcessPool",
  class BrokenProcessPool extends BrokenExecutor {},
);
export type BrokenProcessPool = InstanceType<typeof BrokenProcessPool>;
