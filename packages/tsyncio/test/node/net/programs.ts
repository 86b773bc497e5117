/** Programs that were not written here. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Coroutine, fromPromise } from "tsyncio";
import { createServer, Protocol } from "tsyncio/net";
import { portOf } from "./support.ts";

/** True if the program is there. */
export function has(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** True if the program is there, and says something that matches. */
export function says(text: RegExp, program: string, ...args: string[]): boolean {
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return text.test(`${stdout}${stderr}`);
}

/** Runs a program to its end and returns what it has printed. */
export function* output(program: string, args: string[], input = ""): Coroutine<string> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (data: string) => (out += data));
  child.stderr.setEncoding("utf8").on("data", (data: string) => (errors += data));
  if (input !== "-") child.stdin.end(input);
  const [code] = yield* fromPromise(once(child, "close"));
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors}`);
  return out;
}

/** Starts a program that serves, and waits until it has printed something that matches. */
export function* serving(program: string, args: string[], ready: RegExp): Coroutine<[ChildProcess, RegExpExecArray]> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const match = yield* fromPromise(
    new Promise<RegExpExecArray>((resolve, reject) => {
      let printed = "";
      const look = (data: Buffer): void => {
        printed += data.toString();
        const found = ready.exec(printed);
        if (found !== null) resolve(found);
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`${program}: ${printed}`)));
    }),
  );
  return [child, match];
}

export function* stop(child: ChildProcess): Coroutine<void> {
  const closed = once(child, "close");
  child.kill("SIGKILL");
  yield* fromPromise(closed);
}

/** A port that is not in use. */
export function* freePort(): Coroutine<number> {
  const server = yield* createServer(() => new Protocol(), "127.0.0.1", 0);
  const port = portOf(server);
  yield* server.aexit();
  return port;
}

/** A path for a unix socket, and its end. */
export function* withPath<T>(body: (path: string) => Coroutine<T>): Coroutine<T> {
  const folder = mkdtempSync(join(tmpdir(), "tsyncio-programs-"));
  try {
    return yield* body(join(folder, "s"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
