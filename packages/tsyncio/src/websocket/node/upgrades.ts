/** The requests of an HTTP server that want to be WebSockets: which listener takes which, and how they are refused. */

import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { describe } from "../../base/describe.ts";
import { RuntimeError, ValueError } from "../../base/errors.ts";

/** What is used of a server of node:http or node:https. */
type Emitter = Pick<Server, "on" | "off" | "listenerCount">;

/** That of tsyncio/http-server, which tells when it closes. */
interface OwnServer {
  readonly node: Emitter | null;
  addCloseCallback(callback: () => void): void;
  removeCloseCallback(callback: () => void): void;
}

/** The `Server` of node:http or node:https, or the `HttpServer` of tsyncio/http-server. */
export type WebServer = Emitter | OwnServer;

/** What takes the requests of one path; null: of all paths that no other takes. */
export interface Acceptor {
  readonly path: string | null;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** One listener a server: several would all answer the same request. */
const acceptorsOf = new WeakMap<Emitter, Acceptor[]>();

/** Returns what ends it. Throws `ValueError` if the path is taken. */
export function listenToUpgrades(server: WebServer, acceptor: Acceptor): () => void {
  const emitter = emitterOf(server);
  const acceptors = acceptorsOf.get(emitter) ?? listen(emitter);
  if (acceptors.some(({ path }) => path === acceptor.path)) {
    const which = acceptor.path === null ? "without a path" : `with the path ${JSON.stringify(acceptor.path)}`;
    throw new ValueError(
      `acceptWebSockets was called for this server ${which} before: pass a path of its own for each`,
    );
  }
  acceptors.push(acceptor);
  return () => {
    const index = acceptors.indexOf(acceptor);
    if (index >= 0) acceptors.splice(index, 1);
    // Kept while there is none, the listener would make a 404 of requests that the server itself may want to answer.
    if (acceptors.length === 0) forget(emitter);
  };
}

const listeners = new WeakMap<Emitter, (request: IncomingMessage, socket: Duplex, head: Buffer) => void>();

function listen(emitter: Emitter): Acceptor[] {
  const acceptors: Acceptor[] = [];
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = pathOf(request);
    const acceptor = acceptors.find((one) => one.path === path) ?? acceptors.find((one) => one.path === null);
    if (acceptor !== undefined) acceptor.upgrade(request, socket, head);
    // Another listener may know the path.
    else if (emitter.listenerCount("upgrade") === 1) refuse(socket, 404, "there is no WebSocket at this path");
  };
  emitter.on("upgrade", onUpgrade);
  acceptorsOf.set(emitter, acceptors);
  listeners.set(emitter, onUpgrade);
  return acceptors;
}

function forget(emitter: Emitter): void {
  const onUpgrade = listeners.get(emitter);
  if (onUpgrade !== undefined) emitter.off("upgrade", onUpgrade);
  acceptorsOf.delete(emitter);
  listeners.delete(emitter);
}

function emitterOf(server: WebServer): Emitter {
  const candidate = server as Partial<Emitter & OwnServer> | null | undefined;
  const emitter = candidate?.node ?? candidate;
  if (typeof emitter?.on === "function" && typeof emitter.off === "function") return emitter as Emitter;
  if (candidate?.node === null) {
    throw new RuntimeError(
      "here tsyncio/http-server has no server of node:http: make one by createServer() of node:http",
    );
  }
  throw new TypeError(
    `acceptWebSockets expects a server of node:http or of tsyncio/http-server, got ${describe(server)}`,
  );
}

/** `callback` is called when the server begins to close, if it is one that tells. Returns what ends it. */
export function onServerClose(server: WebServer, callback: () => void): () => void {
  if (!("addCloseCallback" in server)) return () => {};
  server.addCloseCallback(callback);
  return () => server.removeCloseCallback(callback);
}

export function pathOf({ url = "/" }: IncomingMessage): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

/**
 * Calls `left` when the client closes the connection, or its half of it. Returns what ends the listening. A socket that
 * is not read tells nothing of that, so the first thing that can be read is looked at: if it is data the client is
 * there, and the data stays.
 */
export function onLeave(socket: Duplex, left: () => void): () => void {
  const look = (): void => {
    const data: Buffer | null = socket.read();
    if (data === null) return;
    socket.off("readable", look);
    socket.unshift(data);
  };
  const leave = (): void => {
    forget();
    left();
  };
  const forget = (): void => void socket.off("readable", look).off("end", leave).off("close", leave);
  socket.on("readable", look).on("end", leave).on("close", leave);
  return forget;
}

/** Answers the request with an error of HTTP, and closes. */
export function refuse(
  socket: Duplex,
  status: number,
  text: string,
  headers: Iterable<readonly [string, string]> = [],
): void {
  const body = Buffer.from(text === "" ? "" : `${text}\n`);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}`];
  const all = new Headers([...headers] as [string, string][]); // which may be several cookies
  if (!all.has("content-type")) all.set("content-type", "text/plain; charset=utf-8");
  all.delete("transfer-encoding");
  all.set("content-length", String(body.length));
  all.set("connection", "close");
  for (const [name, value] of all) lines.push(`${name}: ${value}`);
  socket.on("error", () => {});
  socket.once("finish", () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]));
}
