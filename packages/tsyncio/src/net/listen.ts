/** Sockets that listen. */

import { lstatSync, renameSync, unlinkSync } from "node:fs";
import type { ListenOptions, Server as NodeServer } from "node:net";
import { withoutPrototype } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { Deferred } from "./deferred.ts";
import { checkPort, type Family, getaddrinfo } from "./dns.ts";
import { ignoreError } from "./socketEvents.ts";
import { codeOf, fromSystemError } from "./systemErrors.ts";
import { checkUnixPath } from "./unixPath.ts";

/** How many ports are tried for one that is free in both families. */
const PORT_TRIES = 20;

export interface ListenPlan {
  readonly targets: readonly ListenOptions[];
  /**
   * All listen on the same port, whichever the system has chosen for the first. Families that the machine lacks are
   * left out.
   */
  readonly together: boolean;
}

/** What to listen on: each address of each host. Without a host only this machine's loopback; `""` is everywhere. */
export function* tcpPlan(
  host: string | readonly string[] | null,
  port: number | string | null,
  options: { family: Family; backlog: number; reusePort: boolean },
): Coroutine<ListenPlan> {
  const { family, backlog, reusePort } = options;
  const common = { backlog, exclusive: true, ...(reusePort ? { reusePort: checkReusePort() } : {}) };
  if (host === "") return { targets: [{ ...common, port: checkPort(port) }], together: false };
  if (host !== null && typeof host !== "string" && !Array.isArray(host)) {
    throw new TypeError(`a server listens on a host, an array of hosts, or null, got ${describe(host)}`);
  }
  const hosts = host === null || typeof host === "string" ? [host] : [...new Set(host)];
  const seen = new Set<string>();
  const targets: ListenOptions[] = [];
  for (const one of hosts) {
    for (const info of yield* getaddrinfo(one, port, { family })) {
      const [address, number] = info.sockaddr;
      if (seen.has(address)) continue;
      seen.add(address);
      targets.push({ ...common, host: address, port: number, ipv6Only: info.family === 6 });
    }
  }
  if (targets.length === 0) throw new ValueError("there is no host to listen on");
  return { targets, together: host === null || host === "localhost" };
}

/** A stale socket file, left by a process that did not close its server, is removed, as asyncio does. */
export function unixPlan(path: string, backlog: number): ListenPlan {
  checkUnixPath(path);
  if (path !== "" && !path.startsWith("\0")) {
    try {
      if (lstatSync(path).isSocket()) unlinkSync(path);
    } catch {
      // There is none; or listening will say what is wrong with it.
    }
  }
  return { targets: [{ path, backlog, exclusive: true }], together: false };
}

/** Listens on all, or on none: a failure, or a cancellation, closes those that listen already. */
export function* listenAll(loop: EventLoop, plan: ListenPlan, make: () => NodeServer): Coroutine<NodeServer[]> {
  for (let attempt = 1; ; attempt++) {
    const servers: NodeServer[] = [];
    let done = false;
    try {
      yield* listenOnce(loop, plan, make, servers);
      done = true;
      return servers;
    } catch (error) {
      const again = plan.together && plan.targets[0]?.port === 0 && attempt < PORT_TRIES;
      if (!again || codeOf(error) !== "EADDRINUSE") throw error;
    } finally {
      if (!done) for (const server of servers) server.close();
    }
  }
}

function* listenOnce(
  loop: EventLoop,
  plan: ListenPlan,
  make: () => NodeServer,
  servers: NodeServer[],
): Coroutine<void> {
  let failure: unknown = null;
  let port: number | undefined;
  for (const target of plan.targets) {
    const server = make();
    servers.push(server);
    try {
      yield* listen(loop, server, port === undefined ? target : { ...target, port });
    } catch (error) {
      const code = codeOf(error);
      if (!plan.together || (code !== "EADDRNOTAVAIL" && code !== "EAFNOSUPPORT")) throw error;
      failure = error;
      servers.pop();
      continue;
    }
    const address = server.address();
    if (plan.together && address !== null && typeof address === "object") port ??= address.port;
  }
  if (servers.length === 0) throw failure;
}

function* listen(loop: EventLoop, server: NodeServer, options: ListenOptions): Coroutine<void> {
  const where = options.path ?? `${options.host ?? "*"}:${options.port}`;
  const { future, resolve, reject } = new Deferred(loop, `listening on ${where}`);
  server.on("error", reject);
  try {
    server.listen(withoutPrototype(options), resolve);
    yield* future;
  } finally {
    if (!future.done() || future.cancelled()) server.on("error", ignoreError);
    server.off("error", reject);
  }
}

/** Node takes the option without a word where it does not know it: throws `ValueError` there. */
export function checkReusePort(): true {
  const { versions, platform } = globalThis.process;
  const [major = 0, minor = 0] = versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 12)) {
    throw new ValueError(`reusePort is not supported by Node ${versions.node}: it needs 22.12`);
  }
  if (platform === "win32") throw new ValueError("reusePort is not supported on Windows");
  return true;
}

/** The file of a unix socket. Node removes whatever has its name when the socket is closed; Bun and Deno may not. */
export class SocketFile {
  readonly path: string;
  private readonly cleanup: boolean;
  private readonly inode: number | null;

  constructor(path: string, cleanup: boolean) {
    this.path = path;
    this.cleanup = cleanup;
    this.inode = inodeOf(path);
  }

  /** Closes the socket. The file goes too, if that is wanted, and it is still the one that was made here. */
  close(closeSocket: () => void): void {
    const found = inodeOf(this.path);
    if (found === null || (this.cleanup && found === this.inode)) {
      closeSocket();
      this.remove();
      return;
    }
    const aside = `${this.path}.${process.pid}~`;
    const moved = rename(this.path, aside);
    try {
      closeSocket();
    } finally {
      if (moved) rename(aside, this.path);
    }
  }

  private remove(): void {
    if (this.inode === null || inodeOf(this.path) !== this.inode) return;
    try {
      unlinkSync(this.path);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw fromSystemError(error);
    }
  }
}

/** False if the folder cannot be written to: then no socket's file can be removed there either. */
function rename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function inodeOf(path: string): number | null {
  try {
    return lstatSync(path).ino;
  } catch {
    return null;
  }
}
