/** Coroutine functions of the native syntax that were handed to other code. */

/**
 * Of the function that stands for such a one, and begins it at once when native code calls it: the coroutine function
 * itself, whose calls are lazy.
 */
export const LAZY: unique symbol = Symbol.for("tsyncio.lazy") as never;

interface Lazy<F> {
  /** The function that stands for `fn`: another may have got its properties by copying, or hand them through. */
  readonly wrapper: F;
  readonly fn: F;
}

/** The property `LAZY` of `wrapper`, which stands for `fn`. */
export function standsFor<F>(wrapper: F, fn: F): { readonly value: Lazy<F> } {
  return { value: { wrapper, fn } };
}

/** The function to call in tsyncio's own code. */
export function lazyOf<F>(fn: F): F {
  const lazy = (fn as { [LAZY]?: Lazy<F> } | null | undefined)?.[LAZY];
  return lazy !== undefined && lazy.wrapper === fn ? lazy.fn : fn;
}
