// Output of this minor version of the compiler, as it was released: it must go on running on later runtimes. A new
// minor version adds a file by `node --conditions=@tsyncio/source packages/tsyncio-transform/test/freeze.ts`; those of
// released versions are never changed, and programs.txt is only added to.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { namesOf, nativeLogOf, runtimeLogOf } from "../differential/runBoth.ts";

const folder = new URL("../fixtures/frozen/", import.meta.url);
const programs = readFileSync(new URL("../fixtures/programs.txt", import.meta.url), "utf8");

describe.each(readdirSync(folder))("output of %s", (file) => {
  const frozen = readFileSync(new URL(file, folder), "utf8");

  it.each(namesOf(frozen))("%s", async (name) => {
    expect(await runtimeLogOf(frozen, name)).toEqual(await nativeLogOf(programs, name));
  });
});
