/** `Symbol.dispose`, for `using`; where the host does not have it, the symbol that polyfills agree on. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for("Symbol.dispose") as never);
