/** A process hangs: `tsyncio tree` and `tsyncio why` show the line at fault, without any preparation. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Running, tsyncio } from "./support.ts";

const forms = {
  generators: { program: fileURLToPath(new URL("../programs/hangs.ts", import.meta.url)), options: [] },
  "native syntax": {
    program: fileURLToPath(new URL("../native/programs/hangs.ts", import.meta.url)),
    options: ["--import", "tsyncio-transform/register"],
  },
};

/** What else each report must tell. */
const TELLS: Record<string, RegExp> = {
  lockOrder: /in a circle: Task-\d+ → Task-\d+ → Task-\d+/,
  emptyQueue: /the queue is empty, and no task waits to put something into it/,
  lostWakeUp: /no task is known that will call notify\(\)/,
  insideLock: /held by Task-\d+[\s\S]*get from/,
  blockedLoop: /busy: the thread runs parse/,
  forgottenTaskDone: /items have been taken out of the queue without taskDone\(\)/,
  exhaustedPermits: /all permits are taken/,
  pool: /worker 1[\s\S]*busy: the thread runs spin/,
  shutdown: /the end of <Server .*clients=1>/,
  promise: /the promise has not settled/,
};

describe.each(Object.entries(forms))("of a program in %s that hangs", (_, { program, options }) => {
  const lines = readFileSync(program, "utf8").split("\n");

  it.each(Object.keys(TELLS))("tree and why show the line at fault: %s", async (name) => {
    const line = lines.findIndex((text) => text.endsWith(`// AT FAULT: ${name}`)) + 1;
    expect(line).toBeGreaterThan(0);
    await using running = await Running.node(...options, program, name);
    const place = `hangs.ts:${line}:`;
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
