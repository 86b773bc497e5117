/** What `console.log` and `JSON.stringify` show of the objects of this package. */

import { describe } from "./describe.ts";

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * Instances are shown as their text. Inside, some way down, are Node's sockets and the options of TLS, private keys and
 * passphrases among them.
 */
export function hideInside(cls: { readonly prototype: object }): void {
  for (const name of [INSPECT, "toJSON"]) {
    Object.defineProperty(cls.prototype, name, { value: asText, writable: true, configurable: true });
  }
}

function asText(this: unknown): string {
  return describe(this);
}
