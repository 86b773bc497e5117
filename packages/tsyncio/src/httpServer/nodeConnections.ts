/** The connections of node:http: who has left, what is still to come, what is left at the end. */

import type { IncomingMessage, Server as NodeServer, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ServerRequest } from "srvx";
import { markEcho } from "../iteration/settle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import { describeRequest } from "./answers.ts";

/** Milliseconds for the rest of a body that was not read, so that its client sees the answer and not a broken connection. */
const LINGER = 2000;

/** One request, and its response. */
export interface NodeExchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse & { [LEAVE]?: () => void };
}

/** Called when the client leaves. */
const LEAVE = Symbol("tsyncio.leave");

export function connectionOf(request: ServerRequest): NodeExchange | null {
  return (request.runtime?.node as NodeExchange | undefined) ?? null;
}

export class NodeConnections {
  private readonly server: NodeServer;
  private readonly loop: EventLoop;
  private readonly sockets = new Set<Socket>();
  /** Of requests that came before their connection had answered those before them: Node tells only the first. */
  private readonly queued = new WeakMap<Socket, (() => void)[]>();
  private closing = false;

  constructor(server: NodeServer, loop: EventLoop, maxBodySize: number) {
    this.server = server;
    this.loop = loop;
    server.on("connection", (socket: Socket) => this.connected(socket));
    // Node would ask for the body.
    server.on("checkContinue", (req, res) => {
      if (!(Number(req.headers["content-length"]) > maxBodySize)) res.writeContinue();
      server.emit("request", req, res);
    });
  }

  /** A request has come. One listener for all that can become of it. */
  requested({ res }: NodeExchange): void {
    if (this.closing) res.shouldKeepAlive = false;
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
    if (queued === undefined) this.queued.set(req.socket, [leave]);
    else queued.push(leave);
  }

  /** No more connections; those that wait for nothing end. */
  close(): void {
    this.closing = true;
    this.closeIdle();
  }

  destroy(except?: Set<unknown>): void {
    for (const socket of this.sockets) if (except?.has(socket) !== true) socket.destroy();
  }

  private connected(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => {
      this.sockets.delete(socket);
      for (const leave of this.queued.get(socket) ?? []) leave();
    });
  }

  /** Node takes a connection on which nothing has come yet for one that waits for its first request. */
  private closeIdle(): void {
    this.server.closeIdleConnections();
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  private readonly answered = this.makeAnswered();

  private makeAnswered(): (this: NodeExchange["res"]) => void {
    const connections = this;
    return function answered() {
      connections.closed(this);
    };
  }

  private closed(res: NodeExchange["res"]): void {
    const { req, errored } = res;
    if (!res.writableEnded && res[LEAVE] !== undefined) {
      if (req.errored != null) markEcho(req.errored); // of its body
      res[LEAVE]();
    }
    // Of the two ends it is the response that has failed, and the connection with it.
    if (errored != null && errored === req.socket.errored && errored !== req.errored) this.reportBody(req, errored);
    if (!req.complete) this.linger(req);
    if (this.closing) setImmediate(() => this.closeIdle());
  }

  private linger(req: IncomingMessage): void {
    if (req.socket.destroyed) return;
    setTimeout(() => req.complete || req.socket.destroy(), LINGER).unref();
  }

  private reportBody({ method = "", url = "" }: IncomingMessage, exception: Error): void {
    const message = `Exception in the body of the response to ${describeRequest({ method, url })}`;
    this.loop.callExceptionHandler({ message, exception });
  }
}
