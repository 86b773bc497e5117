/** Coroutine functions that are handed to native code. */

/** A name or a member that leaves as a value. */
export function handedOver<F>(fn: F, _place: string): F {
  return fn;
}

/** A function that is written where it is handed over. */
export function handedOverHere<F>(fn: F, _place: string): F {
  return fn;
}

/** What a marked module calls: it is lazy. */
export function lazy<F>(fn: F): F {
  return fn;
}
