/** `tsyncio/native`, the runtime of the native syntax: see production.ts, which is the same for production bundles. */

import "../index.ts";

export * from "./production.ts";
