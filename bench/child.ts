/** Programs of Node's that measure something, each in a process of its own with an empty environment. */
import { type ChildProcess, execFile, spawn } from "node:child_process";

/** `more`: what it has besides its output. */
export function start(args: readonly string[], ...more: readonly "ipc"[]): ChildProcess {
  return spawn(process.execPath, args, { env: {}, stdio: ["ignore", "pipe", "inherit", ...more] });
}

/** The first line that it prints. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.split("\n")[0] as string);
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the measured process ended with exit code ${code}`)));
  });
}

/** Measures servers, each of which prints its port, and ends them. */
export async function withServers<T>(
  servers: readonly ChildProcess[],
  measure: (ports: readonly string[]) => Promise<T>,
): Promise<T> {
  try {
    return await measure(await Promise.all(servers.map(firstLine)));
  } finally {
    for (const server of servers) server.kill();
  }
}

/** What it sends next. */
export function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const came = (message: unknown): void => {
      child.off("exit", ended);
      resolve(message);
    };
    const ended = (code: number | null): void => {
      child.off("message", came);
      reject(new Error(`the measured process ended with exit code ${code}`));
    };
    child.once("message", came).once("exit", ended);
  });
}

/** The number that a program prints. */
export function figureOf(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env: {} }, (error, stdout) => {
      if (error === null) resolve(Number(stdout));
      else reject(error);
    });
  });
}
