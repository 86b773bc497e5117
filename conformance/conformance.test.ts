/** What `npm run conformance` does for plain generators, for the other forms of the same programs. */

import { basename } from "node:path";
import { describe, expect, it, test } from "vitest";
import { DEFAULT_FILES, readCases } from "./files.ts";
import { COROUTINES } from "./forms.ts";
import { NATIVE_FORM } from "./native.ts";
import { check, passed, sideBySide } from "./report.ts";

describe("functions wrapped by coroutine() leave the same trace", () => {
  it.each(DEFAULT_FILES.map((file) => ({ file, name: basename(file) })))("$name", async ({ file }) => {
    for (const test of readCases(file)) {
      const outcome = await check(test, { form: COROUTINES });
      expect(passed(outcome), sideBySide(outcome)).toBe(true);
    }
  });
});

test("programs in native syntax leave the same trace", async () => {
  for (const test of readCases(DEFAULT_FILES[0] as string)) {
    const outcome = await check(test, { form: NATIVE_FORM });
    expect(passed(outcome), sideBySide(outcome)).toBe(true);
  }
});
