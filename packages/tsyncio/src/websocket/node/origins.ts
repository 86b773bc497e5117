/** Which pages may connect: a browser lets any page open a WebSocket to any server, with the cookies of that server. */

import type { IncomingMessage } from "node:http";
import { describe } from "../../base/describe.ts";
import { ValueError } from "../../base/errors.ts";

/** `"*"` is all; null, those of the server's own host. */
export type Origins = readonly (string | RegExp)[] | "*";

/** True for a request without an `Origin`: it comes from no browser, and may say what it likes. */
export function isAllowed({ headers: { origin, host } }: IncomingMessage, origins: Origins | null): boolean {
  if (origin === undefined || origins === "*") return true;
  if (origins === null) return isSameHost(origin, host ?? "");
  return origins.some((one) => (typeof one === "string" ? one === origin : origin.match(one)?.[0] === origin));
}

/** The port included, which is left out where it is the scheme's own. */
function isSameHost(origin: string, host: string): boolean {
  try {
    const { protocol, host: page } = new URL(origin);
    return page !== "" && page === new URL(`${protocol}//${host}`).host;
  } catch {
    return false; // "null", of a page without an origin
  }
}

const ORIGIN = /^(?:null|[a-z][a-z\d+.-]*:\/\/[^/?#\sA-Z]+)$/;

export function checkOrigins(origins: unknown): Origins | null {
  if (origins === undefined || origins === null || origins === "*") return origins ?? null;
  if (!Array.isArray(origins)) throw new TypeError(`origins must be an array or "*", got ${describe(origins)}`);
  for (const origin of origins) {
    if (origin instanceof RegExp || (typeof origin === "string" && ORIGIN.test(origin))) continue;
    throw new ValueError(`an origin must be such as "https://example.org", without a path, got ${describe(origin)}`);
  }
  return [...origins];
}
