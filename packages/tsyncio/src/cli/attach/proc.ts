/** What Linux tells of a process in /proc. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

export interface ProcessStatus {
  /** One letter: `Z` has ended, `T` is stopped. */
  readonly state: string;
  readonly uid: number;
  /** Another number than that which was asked for: it is only a thread of that process. */
  readonly process: number;
  /** Its number in its own namespace, which is what `process.pid` says there. */
  readonly innerPid: number;
  /** When it began, in clock ticks since the machine did: with the pid it names a process for good. */
  readonly began: string;
  catches(signal: number): boolean;
}

/** Null if there is no such process. */
export function statusOf(pid: number): ProcessStatus | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
    // The name of the program stands in brackets, and may have brackets and spaces in it.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const has = (mask: string, signal: number): boolean =>
      ((BigInt(`0x${field(mask) || "0"}`) >> BigInt(signal - 1)) & 1n) === 1n;
    return {
      state: fields[0] as string,
      began: fields[19] as string,
      uid: Number(field("Uid").split(/\s+/)[0]),
      process: Number(field("Tgid")),
      innerPid: Number(field("NSpid").split(/\s+/).at(-1) ?? pid),
      catches: (signal) => has("SigCgt", signal),
    };
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

/** Where the link leads, such as `exe`, `cwd` and `ns/net`; null where that is not to be seen. */
export function linkOf(pid: number | "self", name: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return null;
  }
}

/** The arguments that the program was started with, and the options of Node in its environment. */
export function optionsOf(pid: number): string[] {
  const byEnvironment = textsIn(pid, "environ").find((entry) => entry.startsWith("NODE_OPTIONS="));
  return [...(byEnvironment?.slice("NODE_OPTIONS=".length).split(/\s+/) ?? []), ...textsIn(pid, "cmdline").slice(1)];
}

/** Not if the program has set `process.title`, which is written over them. */
export function showsArguments(pid: number): boolean {
  return NODE.test(basename(textsIn(pid, "cmdline")[0] ?? ""));
}

function textsIn(pid: number, name: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8").split("\0");
  } catch {
    return [];
  }
}

const NODE = /^node(?:js)?[-\d.]*$/;

/** The processes that it has started, and those that they have, which run Node. */
export function nodesBelow(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [...(isNode(child) ? [child] : []), ...nodesBelow(child)]);
}

function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
    return lists
      .flatMap((list) => list.split(" "))
      .filter((text) => text !== "")
      .map(Number);
  } catch {
    return []; // it has ended, or this kernel does not list them
  }
}

/** The name of the file that the process runs, without its folder; empty where that is not to be seen. */
export function programOf(pid: number): string {
  return basename((linkOf(pid, "exe") ?? "").replace(/ \(deleted\)$/, ""));
}

export function isNode(pid: number): boolean {
  return NODE.test(programOf(pid));
}

/** The TCP ports on which the network of the process is listened to, by the inode of the socket. */
function listening(pid: number): { port: number; inode: string }[] {
  return ["tcp", "tcp6"].flatMap((table) => {
    let text = "";
    try {
      text = readFileSync(`/proc/${pid}/net/${table}`, "utf8");
    } catch {
      return []; // no IPv6
    }
    return text
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A")
      .map((fields) => ({ port: Number.parseInt(fields[1]?.split(":")[1] ?? "", 16), inode: fields[9] as string }));
  });
}

/** The TCP ports that the process listens to. */
export function portsOf(pid: number): number[] {
  const descriptors = new Set(descriptorsOf(pid));
  return listening(pid)
    .filter(({ inode }) => descriptors.has(`socket:[${inode}]`))
    .map(({ port }) => port);
}

/** Whether `port` is listened to: by the process, by another, or by none. */
export function listenerOf(pid: number, port: number): "own" | "other" | null {
  const inodes = listening(pid)
    .filter((socket) => socket.port === port)
    .map((socket) => `socket:[${socket.inode}]`);
  if (inodes.length === 0) return null;
  return descriptorsOf(pid).some((link) => inodes.includes(link)) ? "own" : "other";
}

function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(pid, `fd/${fd}`) ?? "");
  } catch {
    return [];
  }
}
