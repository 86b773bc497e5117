/** The URLs of requests. */

import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import { InvalidURL, shortUrl } from "./errors.ts";

/** What is added to the query of a URL. */
export type Params =
  | Record<string, string | number | boolean>
  | URLSearchParams
  | readonly (readonly [string, string])[];

/** What the URLs of a session's requests are relative to. */
export interface RelativeTo {
  readonly base: URL | null;
  /** What a plain relative URL is put behind; null if each needs more than that. */
  readonly prefix: string | null;
}

/** Where a request goes. */
export interface Address {
  /** Without credentials. */
  readonly href: string;
  /** The header for the credentials of the URL; null if it has none. */
  readonly login: string | null;
  /** True if that is not the origin of the session's base. */
  readonly away: boolean;
}

/** A relative URL that stays below the base and in which nothing is to be encoded, such as `users/3?full=true`. */
const PLAIN = /^[\w~-](?:[\w~/-]|\b\.)*(?:\?[\w.~=&-]*)?$/;

const SCHEMES = ["http:", "https:", "data:", "blob:"];

export function relativeTo(given: string | URL | null | undefined): RelativeTo {
  if (given == null) return { base: null, prefix: null };
  const base = urlOf(given, null);
  const { href, pathname, username, password } = base;
  if (!pathname.endsWith("/")) {
    throw new ValueError(
      `base must end with "/", as in "${shortUrl(href)}/": without it the last part would be replaced`,
    );
  }
  const plain = /^https?:[^?#]*\/$/.test(href) && username === "" && password === "";
  return { base, prefix: plain ? href : null };
}

export function addressOf(
  target: string | URL,
  params: Params | null | undefined,
  { base, prefix }: RelativeTo,
): Address {
  // Parsing takes longer than all else that is done before fetch, which parses the URL too.
  if (prefix !== null && params == null && typeof target === "string" && PLAIN.test(target)) {
    return { href: prefix + target, login: null, away: false };
  }
  const { url, login } = splitLogin(urlOf(target, base));
  if (params != null) for (const [name, value] of pairs(params)) url.searchParams.append(name, value);
  return { href: url.href, login, away: base !== null && base.origin !== url.origin };
}

function urlOf(target: string | URL, base: URL | null): URL {
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

/** A URL without its credentials, which fetch refuses, and the header for them. */
function splitLogin(url: URL): { url: URL; login: string | null } {
  if (url.username === "" && url.password === "") return { url, login: null };
  const bare = new URL(url);
  bare.username = bare.password = "";
  const bytes = new TextEncoder().encode(`${decoded(url.username)}:${decoded(url.password)}`);
  return { url: bare, login: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function* pairs(params: Params): Iterable<readonly [string, string]> {
  if (typeof params !== "object") throw new TypeError(`params must be an object of strings, got ${describe(params)}`);
  for (const [name, value] of Symbol.iterator in params ? params : Object.entries(params)) {
    if (!["string", "number", "boolean"].includes(typeof value)) {
      throw new TypeError(`params.${name} must be a string or a number, got ${describe(value)}`);
    }
    yield [name, String(value)];
  }
}
