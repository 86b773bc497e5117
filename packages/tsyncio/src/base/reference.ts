/** How a function is found in another thread. */

/**
 * The property of a function that says how another thread finds it: what `blocking` of tsyncio/executors has set.
 * `partial` adds to the arguments.
 */
export const REFERENCE: unique symbol = Symbol.for("tsyncio.reference") as never;

/** The value of `REFERENCE`: a function of a module, and its first arguments. */
export interface Reference {
  /** The module that defines it. */
  readonly url: string;
  readonly name: string;
  /** Of both. */
  readonly key: string;
  readonly args: readonly unknown[];
  /** True: when a job that runs is cancelled, its worker is ended. */
  readonly terminate: boolean | undefined;
  /** In texts instead of `name`: the function that this one runs for the program. */
  readonly shownAs?: string;
}
