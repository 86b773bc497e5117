// What every script needs before the tools exist: plain JavaScript, Node 20, builtins only.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const windows = process.platform === "win32";
/** On Windows the tools of node_modules, and npm, are scripts, which only a shell runs. */
const shellFor = (command) => windows && !isAbsolute(command);

/** The newer Node that the npm package `node` brings; every tool runs on it. */
export const newerNode = join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");

/** The environment in which `tsc`, `vitest`, … and `node` are those of node_modules. */
export function toolEnv(extra = {}) {
  const bins = [join(root, "node_modules", "node", "bin"), join(root, "node_modules", ".bin")];
  const path = [...bins, process.env.PATH ?? ""].join(delimiter);
  return { ...process.env, ...extra, PATH: path };
}

/** True when `folder/node_modules` holds every package that its lockfile requires, in the locked version. */
export function isInstalled(folder) {
  const locked = packagesOf(join(folder, "package-lock.json"));
  // npm writes this file last, so an interrupted install does not have it.
  const present = packagesOf(join(folder, "node_modules", ".package-lock.json"));
  if (!locked || !present) return false;
  for (const [path, entry] of Object.entries(locked)) {
    if (!path.startsWith("node_modules/")) continue;
    if (entry.optional || entry.devOptional || entry.peer) continue;
    if (present[path]?.version !== entry.version) return false;
  }
  return true;
}

function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(lockfile, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** Installs what `folder`'s lockfile names, unless it is there already. Needs no root rights. */
export async function ensureInstalled(folder, what) {
  if (isInstalled(folder)) return;
  const started = Date.now();
  console.error(`tsyncio: installing ${what} with npm ci. Only needed once.`);
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const code = await run("npm", args, { cwd: folder });
  if (code !== 0) fail(`npm ci failed in ${folder} (exit code ${code}). Its messages are above.`, code);
  console.error(`tsyncio: installed in ${seconds(started)}.`);
}

/** Root tools, and a newer Node that really starts. */
export async function ensureTools() {
  await ensureInstalled(root, "the tools");
  if (!existsSync(newerNode)) {
    fail(
      "The npm package `node` has no program: were install scripts off? Try: npm rebuild node --ignore-scripts=false",
    );
  }
}

/** Runs a program to its end with this terminal, and returns its exit code (128 + n when a signal ended it). */
export function run(command, args, options = {}) {
  // On a terminal Ctrl-C reaches the whole group, the program too: we only wait. Elsewhere a signal reaches
  // us alone or our group (npm passes it on besides); then the program gets a group of its own and one copy.
  const terminal = Boolean(process.stdin.isTTY);
  const forwards = !terminal && !windows && options.stdio === undefined;
  const child = spawn(command, args, {
    cwd: root,
    env: toolEnv(),
    stdio: "inherit",
    detached: forwards,
    shell: shellFor(command),
    ...options,
  });
  return supervise(child, forwards);
}

function supervise(child, forwards) {
  let last = 0;
  const onSignal = (signal) => {
    const now = Date.now();
    if (forwards && now - last > 100) child.kill(signal);
    last = now;
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, onSignal);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const name of signals) process.off(name, onSignal);
      resolve(code ?? 128 + (signalNumbers[signal] ?? 1));
    });
  });
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

/**
 * Runs a program to its end, silently, and returns its exit code and everything it printed. After `limit` milliseconds
 * it and all that it started are killed; `timedOut` says so.
 */
export function capture(command, args, { limit, ...options } = {}) {
  // A group of its own, so that what it started can be ended with it: a worker in an endless loop hears nothing else.
  const child = spawn(command, args, {
    cwd: root,
    env: toolEnv(),
    stdio: ["ignore", "pipe", "pipe"],
    detached: !windows,
    shell: shellFor(command),
    ...options,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      output += text;
    });
  }
  let timedOut = false;
  const killAll = () => killGroup(child);
  const timer =
    limit &&
    setTimeout(() => {
      timedOut = true;
      killAll();
    }, limit);
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  const stop = (signal) => {
    killAll();
    process.exit(signals[signal]);
  };
  for (const signal of Object.keys(signals)) process.on(signal, stop);
  process.on("exit", killAll);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      for (const name of Object.keys(signals)) process.off(name, stop);
      process.off("exit", killAll);
      resolve({ code: code ?? 128 + (signalNumbers[signal] ?? 1), output, timedOut });
    });
  });
}

function killGroup(child) {
  try {
    if (windows) spawnSync("taskkill", ["/pid", String(child.pid), "/t", "/f"]);
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Seconds since a `Date.now()`, for people. */
export function seconds(started) {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

export function fail(message, code = 1) {
  console.error(`tsyncio: ${message}`);
  process.exit(code || 1);
}
