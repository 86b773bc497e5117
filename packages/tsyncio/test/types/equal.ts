/** For the type tests, which only the compiler runs. */

export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `check<Equal<A, B>>()` compiles only if the types are the same. */
export declare function check<T extends true>(): T;
