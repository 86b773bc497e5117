/** Several commands look into the same process at the same time. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CLI, nodeOptions } from "../children.ts";
import { ENV, listens, Running, tsyncio } from "./support.ts";

// Looks take so long there that they overlap.
const program = fileURLToPath(new URL("../programs/manyTasks.ts", import.meta.url));
/** Has the program say when a command is in it. */
const tells = `data:text/javascript,const seen = new Set();
setInterval(() => {
  const visits = process[Symbol.for("tsyncio.visits")];
  for (const one in visits?.visitors) if (!seen.has(one)) console.error("visit", seen.add(one).size);
}, 1).unref();`;

/** Has the program say, when three commands have been in it together, how many turns its loop had made meanwhile. */
const counts = `data:text/javascript,let turns = 0;
setInterval(() => {
  const inside = Object.keys(process[Symbol.for("tsyncio.visits")]?.visitors ?? {}).length;
  if (inside === 3) turns++;
  else if (turns > 0) turns = void console.error("turns", turns) ?? 0;
}, 1).unref();`;

const PORTS: [string, string[]][] = [
  ["the port that it was told", []],
  ["a port of its choice", ["--inspect-port=0"]],
];

describe.runIf(process.platform === "linux")("several commands at the same time", () => {
  it.each(PORTS)("all see the process, and the last one closes the inspector: at %s", async (_, options) => {
    await using running = await Running.node(...options, program);
    const pid = String(running.pid);
    const commands = [
      ["ps", pid, "--json"],
      ["tree", pid],
      ["why", pid],
      ["top", pid, "--seconds", "0.1"],
    ];
    for (const { code, stderr } of await Promise.all(commands.map((args) => tsyncio(...args)))) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
    expect(listens(running)).toBe(false);
    expect(running.alive()).toBe(true);
  });

  it.each(PORTS)("one that is killed leaves the inspector open until the next look: at %s", async (_, options) => {
    await using running = await Running.node(...options, "--import", tells, program);
    const args = [...nodeOptions, "--no-warnings", CLI, "ps", String(running.pid)];
    const child = spawn(process.execPath, args, { env: ENV, stdio: "ignore" });
    while (!running.stderr.includes("visit 1")) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGKILL");
    expect(await tsyncio("tree", String(running.pid))).toMatchObject({ code: 0, stderr: "" });
    expect(running.stderr).toContain("visit 2");
    expect(listens(running)).toBe(false);
  });

  it("the program runs between the parts of their looks", async () => {
    await using running = await Running.node("--import", counts, program);
    const looks = Array.from({ length: 3 }, () => tsyncio("tree", String(running.pid)));
    for (const { code } of await Promise.all(looks)) expect(code).toBe(0);
    const turns = [...running.stderr.matchAll(/turns (\d+)/g)].map((match) => Number(match[1]));
    // The parts are some hundreds.
    expect(Math.max(0, ...turns)).toBeGreaterThan(30);
  });
});
