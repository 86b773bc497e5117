/**
 * Types for programs in native syntax: there the call of an async function is a coroutine, so that tsyncio takes
 * promises wherever it takes coroutines. In tsconfig.json:
 *
 *     "compilerOptions": { "types": ["tsyncio/native/types"] }
 */

import "tsyncio";

declare module "tsyncio" {
  interface Syntax {
    native: true;
  }
}
