/** The connections of node:http: which clients have left, what is still to come, what is left at the end. */

import type { IncomingMessage, Server as NodeServer, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ServerRequest } from "srvx";
import { markEcho } from "../iteration/settle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { describeRequest } from "./answers.ts";

/**
 * Milliseconds for the rest of a body that was not read, so that its client sees the answer and not a broken
 * connection.
 */
const LINGER = 2000;

/** One request, and its response. */
export interface NodeExchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse & { [LEAVE]?: () => void; [SOCKET]?: ClientSocket };
}

/** Called when the client leaves. */
const LEAVE = Symbol("tsyncio.leave");
/** Node takes the socket away from a response that is sent, and from a request whose body is not read to its end. */
const SOCKET = Symbol("tsyncio.socket");
/** On a socket: the request that has come last, until it is answered. */
const LAST = Symbol("tsyncio.request");

/** Once a connection is upgraded, to a WebSocket for example, Node has taken its parser back. */
type ClientSocket = Socket & { [LAST]?: IncomingMessage | null; parser?: object | null };

export function connectionOf(request: ServerRequest): NodeExchange | null {
  return (request.runtime?.node as NodeExchange | undefined) ?? null;
}

/** That on which the request has come. */
export function socketOf({ req, res }: NodeExchange): ClientSocket {
  return res[SOCKET] ?? req.socket;
}

export interface ConnectionsOptions {
  readonly maxBodySize: number;
  readonly tls: object | null;
}

export class NodeConnections {
  private readonly server: NodeServer;
  private readonly loop: EventLoop;
  /** Those of HTTP: with TLS, those on which the handshake is done. */
  private readonly sockets = new Set<ClientSocket>();
  /** With TLS, those below: an end of one of them is the end of its connection, at whatever stage that is. */
  private readonly transports = new Set<Socket>();
  /** Of requests that came before their connection had answered those before them: Node tells only the first. */
  private readonly queued = new WeakMap<Socket, Set<() => void>>();
  private readonly over: () => void;
  private closing = false;

  /** `over` is called when the last connection has told of its end. */
  constructor(server: NodeServer, loop: EventLoop, { maxBodySize, tls }: ConnectionsOptions, over: () => void) {
    this.server = server;
    this.loop = loop;
    this.over = over;
    server.on(tls === null ? "connection" : "secureConnection", (socket: Socket) => this.connected(socket));
    if (tls !== null) server.on("connection", (socket: Socket) => keepIn(this.transports, socket));
    // Node would ask for the body.
    server.on("checkContinue", (req, res) => {
      if (!(Number(req.headers["content-length"]) > maxBodySize)) res.writeContinue();
      server.emit("request", req, res);
    });
  }

  /** Node's server has ended before its sockets have told so: there may still be an error to report. */
  get size(): number {
    return this.sockets.size;
  }

  /** A request has come. One listener for all that can become of it. */
  requested({ req, res }: NodeExchange): void {
    if (this.closing) res.shouldKeepAlive = false;
    const socket: ClientSocket = req.socket;
    res[SOCKET] = socket;
    socket[LAST] = req;
    res.on("close", this.answered);
  }

  /** Its answer is about to be sent, and is the last of its connection if the server has begun to close meanwhile. */
  answering({ res }: NodeExchange): void {
    if (this.closing) res.shouldKeepAlive = false;
  }

  onLeave({ req, res }: NodeExchange, leave: () => void): void {
    res[LEAVE] = leave;
    if (res.socket !== null) return;
    const queued = this.queued.get(req.socket);
    if (queued === undefined) this.queued.set(req.socket, new Set([leave]));
    else queued.add(leave);
  }

  /** No more connections; idle ones end. */
  close(): void {
    this.closing = true;
    this.closeIdle();
    const { headersTimeout, requestTimeout } = this.server;
    this.endLate(headersTimeout, (request) => request == null);
    this.endLate(requestTimeout, (request) => request?.complete !== true);
  }

  /** Node enforces the time limits of clients until its server closes. The time is in milliseconds, 0 is no limit. */
  private endLate(time: number, isLate: (last: IncomingMessage | null | undefined) => boolean): void {
    if (time === 0) return;
    const end = (): void => {
      for (const socket of this.sockets) if (socket.parser != null && isLate(socket[LAST])) socket.destroy();
    };
    setTimeout(end, time).unref();
  }

  destroy(except?: Set<unknown>): void {
    for (const socket of this.sockets) if (except?.has(socket) !== true) socket.destroy();
    if (except === undefined) for (const socket of this.transports) socket.destroy();
  }

  private connected(socket: Socket): void {
    keepIn(this.sockets, socket);
    socket.once("close", () => {
      for (const leave of this.queued.get(socket) ?? []) leave();
      // Behind the other listeners: those of Node tell what has become of a response.
      if (this.closing && this.sockets.size === 0) queueMicrotask(this.over);
    });
  }

  /** Node takes a connection on which nothing has come yet for one that waits for its first request. */
  private closeIdle(): void {
    this.server.closeIdleConnections();
    for (const socket of [...this.sockets, ...this.transports]) if (socket.bytesRead === 0) socket.destroy();
  }

  private readonly answered = this.makeAnswered();

  private makeAnswered(): (this: NodeExchange["res"]) => void {
    const connections = this;
    return function answered() {
      connections.closed(this);
    };
  }

  private closed(res: NodeExchange["res"]): void {
    const { req, errored, [LEAVE]: leave } = res;
    const socket = socketOf({ req, res });
    if (socket[LAST] === req) socket[LAST] = null;
    if (leave !== undefined) {
      this.queued.get(socket)?.delete(leave);
      if (!res.writableEnded) {
        if (req.errored != null) markEcho(req.errored); // of its body
        leave();
      }
    }
    // Of the two ends it is the response that has failed, and the connection with it.
    if (errored != null && errored === socket.errored && errored !== req.errored) this.reportBody(req, errored);
    if (!req.complete) this.linger(req, socket);
    if (this.closing) setImmediate(() => this.closeIdle());
  }

  private linger(req: IncomingMessage, socket: Socket): void {
    if (socket.destroyed) return;
    setTimeout(() => req.complete || socket.destroy(), LINGER).unref();
  }

  private reportBody({ method = "", url = "" }: IncomingMessage, exception: Error): void {
    const message = `Exception in the body of the response to ${describeRequest({ method, url })}`;
    this.loop.callExceptionHandler({ message, exception });
  }
}

function keepIn(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
}
