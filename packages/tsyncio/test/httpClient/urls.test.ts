/** Relative URLs are what the platform's `URL` makes of them. */

import fc from "fast-check";
import { asyncWith } from "tsyncio";
import { ClientSession } from "tsyncio/http-client";
import { simulate } from "tsyncio/testing";
import { expect, test } from "vitest";

const BASES = ["http://server/", "https://server:8443/api/v1/", "http://server/a/?key=1", "http://server/a/#there"];
const part = fc.constantFrom(
  "a",
  "B7",
  "_",
  "-",
  "~",
  ".",
  "..",
  "/",
  "?",
  "=",
  "&",
  "#",
  "%41",
  ":",
  "\\",
  " ",
  "é",
  "\t",
);
const targets = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));

test("below any base", () =>
  simulate(function* () {
    const asked: string[] = [];
    const fetch = (url: string) => {
      asked.push(url);
      return { status: 200 };
    };
    for (const base of BASES) {
      yield* asyncWith(new ClientSession({ base, fetch }), function* (session) {
        for (const target of fc.sample(targets, 500)) {
          // What is no http: or https: is refused: another test.
          if (!URL.canParse(target, base) || !/^https?:$/.test(new URL(target, base).protocol)) continue;
          yield* session.get(target);
          expect(asked.pop(), `${JSON.stringify(target)} from ${base}`).toBe(new URL(target, base).href);
        }
      });
    }
  }));
