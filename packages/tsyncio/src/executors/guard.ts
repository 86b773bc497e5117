/** In a worker process: it ends with the process, or the thread, that made it. */

import { Worker } from "node:worker_threads";

/**
 * In a thread of its own, since a job may keep the main thread busy forever. The other end of stdin is closed however
 * the process, or the thread, that holds it ends. The parent's number is for jobs that close their stdin, and for Bun,
 * which tells no end of it. Plain JavaScript: a worker made of text needs no loader.
 */
const WATCH = `
const { Socket } = require("node:net");
const parent = process.ppid;
const end = () => process.kill(process.pid, "SIGKILL");
new Socket({ fd: 0 }).on("end", end).on("close", end).on("error", end).resume();
setInterval(() => process.ppid === parent || end(), 1000);
`;

export function endWithParent(): void {
  // Without this process's options and environment: what they make each thread load has no place here.
  new Worker(WATCH, { eval: true, execArgv: [], env: {} }).unref();
}
