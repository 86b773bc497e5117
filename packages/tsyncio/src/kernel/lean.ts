/** Which of the two builds this is. */

/**
 * True in the build for browsers, where bytes count: it leaves out what only helps a person to read a report, and what
 * only a process has. Its bundler drops the code behind the test.
 */
declare global {
  var TSYNCIO_LEAN: boolean | undefined;
}
export const LEAN: boolean = globalThis.TSYNCIO_LEAN === true;
