/** Coroutines that a statement drops. */

/** `f(x)?.[dropped]` is how a call is compiled whose result nothing takes: a coroutine reports itself then. */
export const dropped: unique symbol = Symbol.for("tsyncio.dropped") as never;
