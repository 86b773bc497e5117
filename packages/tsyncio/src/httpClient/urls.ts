/** The URLs of requests. */

import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import { InvalidURL, shortUrl } from "./errors.ts";

const SCHEMES = ["http:", "https:", "data:", "blob:"];

/** The base of a session: what a relative URL begins with. */
export function baseUrl(base: string | URL): URL {
  const url = urlOf(base, null);
  if (url.pathname.endsWith("/")) return url;
  throw new ValueError(
    `base must end with "/", as in "${shortUrl(url.href)}/": without it the last part would be replaced`,
  );
}

export function urlOf(target: string | URL, base: URL | null): URL {
  if (typeof target !== "string" && !(target instanceof URL)) {
    throw new TypeError(`the URL must be a string or a URL, got ${describe(target)}`);
  }
  let url: URL;
  try {
    url = new URL(target, base ?? pageUrl());
  } catch {
    // Without the platform's error, which has the whole text, a password perhaps.
    const text = String(target);
    const shown = text.includes("@") ? "" : `, got ${JSON.stringify(shortUrl(text))}`;
    throw new InvalidURL(`the URL must be absolute, as in "https://host/path", or the session needs a base${shown}`);
  }
  if (SCHEMES.includes(url.protocol)) return url;
  throw new InvalidURL(`a URL must begin with http: or https:, got ${url.protocol}`);
}

function pageUrl(): string | undefined {
  return (globalThis as { location?: { href?: string } }).location?.href;
}
