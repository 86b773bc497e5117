// A runtime that is a program: Node, Bun, Deno.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

export const limit = 10 * 60_000; // milliseconds that one runtime may take

/**
 * Ends the program too when this process is ended: a test in an endless loop would stay forever. Returns the undoing.
 */
export function endWithUs(child) {
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  const end = (signal) => {
    child.kill("SIGKILL");
    process.exit(signals[signal]);
  };
  for (const signal of Object.keys(signals)) process.on(signal, end);
  return () => {
    for (const signal of Object.keys(signals)) process.off(signal, end);
  };
}

/** Returns the function that runs the bundle with this program. Others may run it at the same time. */
export function runOnCommandLine(name, program, options) {
  return async (work, here) => {
    if (!existsSync(program)) throw new Error(`${program} is not there. Try: npm ci in the folder runtimes`);
    const result = join(work, `result-${name}.json`);
    rmSync(result, { force: true });
    const paths = [join(work, "bundle", "start.js"), join(work, "cases.json"), result];
    const child = spawn(program, [...options, join(here, "command-line.mjs"), ...paths], {
      cwd: work,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const release = endWithUs(child);
    const timer = setTimeout(() => child.kill("SIGKILL"), limit);
    let where = "the start";
    const output = [];
    const hear = (text) => {
      for (const line of text.split("\n")) {
        if (line.startsWith("@ ")) where = line.slice(2);
        else if (line.trim() !== "") output.push(line);
      }
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    const code = await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status, signal) => resolve(status ?? signal));
    });
    clearTimeout(timer);
    release();
    if (code === 0 && existsSync(result)) return JSON.parse(readFileSync(result, "utf8"));
    return { broken: `it ended with ${code} in ${where}\n${output.slice(-40).join("\n")}` };
  };
}
