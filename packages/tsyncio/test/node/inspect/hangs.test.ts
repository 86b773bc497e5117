/** A process hangs: `tsyncio tree` and `tsyncio why` show the line at fault, without any preparation. */

import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { lineAtFault, TELLS } from "./hanging.ts";
import { Running, tsyncio } from "./support.ts";

const forms = {
  generators: { program: fileURLToPath(new URL("../programs/hangs.ts", import.meta.url)), options: [] },
  "native syntax": {
    program: fileURLToPath(new URL("../native/programs/hangs.ts", import.meta.url)),
    options: ["--import", "tsyncio-transform/register"],
  },
};

describe.each(Object.entries(forms))("of a program in %s that hangs", (_, { program, options }) => {
  it.each(Object.keys(TELLS))("tree and why show the line at fault: %s", async (name) => {
    await using running = await Running.node(...options, program, name);
    const place = `hangs.ts:${lineAtFault(program, name)}:`;
    // Until it has come to hang.
    let tree = await tsyncio("tree", String(running.pid));
    while (tree.code === 0 && !tree.stdout.includes(place)) tree = await tsyncio("tree", String(running.pid));
    expect(tree).toMatchObject({ code: 0, stderr: "" });
    const why = await tsyncio("why", String(running.pid));
    expect(why).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining(place) });
    expect(why.stdout).toMatch(TELLS[name] as RegExp);
    expect(running.alive()).toBe(true);
  });
});
