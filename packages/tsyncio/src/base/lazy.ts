/** Coroutine functions of the native syntax that were handed to other code. */

/**
 * Of the function that stands for such a one, and begins it at once when native code calls it: the coroutine function
 * itself, whose calls are lazy.
 */
export const LAZY: unique symbol = Symbol.for("tsyncio.lazy") as never;

/** The function to call in tsyncio's own code. */
export function lazyOf<F>(fn: F): F {
  return (fn as { [LAZY]?: F } | null | undefined)?.[LAZY] ?? fn;
}
