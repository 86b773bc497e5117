/**
 * The shape that decides whether cleanup can be trusted:
 *
 *     outer { yield* inner { try { wait forever } finally { await c1; await c2 } } LEAK }
 *
 * cancelled from outside. What ran must be c1, c2. Each library has it in the forms that its own documents suggest.
 */

/** What a program tells of itself. */
export interface Log {
  /** The cleanup has begun. */
  entered(): void;
  /** A step is through: `c1`, `c2`, or `LEAK`, which is code behind the cancelled wait. */
  ran(step: "c1" | "c2" | "LEAK"): void;
}

/** One way to write the shape. */
export interface Form {
  readonly library: string;
  /** As it stands in the tables: markdown, in English and, where that differs, in Korean. */
  readonly form: string;
  readonly formKo?: string;
  /** Starts the program, lets it come to its wait, and cancels it from outside. */
  cancelled(log: Log): PromiseLike<unknown>;
}

export const pause = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How long a program may need to come to its wait; the steps of the cleanup take a millisecond each. */
export const TO_WAIT = 20;

export const forEver: Promise<never> = new Promise(() => {});
