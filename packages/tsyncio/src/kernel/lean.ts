/** Which of the two builds this is. */

declare global {
  /** Whoever makes the lean build defines this; nobody sets it. */
  var TSYNCIO_LEAN: true | undefined;
}

/**
 * True in the build for browsers, where bytes count. It leaves out what only helps a person to find a mistake, what only
 * a process has, and what is there for speed in a crowd. The bundler drops the code behind the test.
 */
export const LEAN: boolean = globalThis.TSYNCIO_LEAN !== undefined;
