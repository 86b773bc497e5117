/** What accepts connections, and runs their handlers. */

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { ownOptions } from "../../base/checks.ts";
import { describe } from "../../base/describe.ts";
import { ASYNC_DISPOSE } from "../../base/dispose.ts";
import { asFailure, isCancelled, isExit, TimeoutError } from "../../base/errors.ts";
import { BaseExceptionGroup } from "../../base/exceptionGroup.ts";
import { fromPromise } from "../../interop/fromPromise.ts";
import { asyncWith } from "../../iteration/asyncWith.ts";
import { isPromiseLike } from "../../iteration/settle.ts";
import { copyContext } from "../../kernel/context.ts";
import { thenableMethods } from "../../kernel/coroutines.ts";
import type { EventLoop, Leftover } from "../../kernel/loop.ts";
import {
  type Awaitable,
  type ContextMethod,
  type Coroutine,
  type CoroutineObject,
  isAwaitable,
  type Native,
} from "../../kernel/protocol.ts";
import type { Task } from "../../kernel/task.ts";
import { currentTask } from "../../tasks/allTasks.ts";
import { checkSeconds, timeout } from "../../tasks/timeouts.ts";
import { wait } from "../../tasks/wait.ts";
import { Channel, checkClose } from "../channel.ts";
import { channelOf } from "../connection.ts";
import { ConnectionClosed } from "../errors.ts";
import type { ConnectionSettings } from "../options.ts";
import { isAllowed, type Origins } from "./origins.ts";
import { ServerConnection } from "./serverConnection.ts";
import { type Acceptor, listenToUpgrades, onLeave, onServerClose, refuse, type WebServer } from "./upgrades.ts";
import { type MakeFrame, milliseconds, WsWire } from "./wsWire.ts";

/** What is called for each connection: it is closed when this ends. */
export type Handler = (connection: ServerConnection) => Awaitable<unknown> | Native<unknown> | PromiseLike<unknown>;

/** Looks at a request first; what it returns is sent as the answer, null accepts. */
export type ProcessRequest = (
  request: IncomingMessage,
) => Awaitable<Response | null | undefined> | PromiseLike<Response | null | undefined> | Response | null | undefined;

export interface ServerPlan {
  readonly handler: Handler;
  readonly path: string | null;
  readonly origins: Origins | null;
  readonly processRequest: ProcessRequest | null;
  readonly compression: "deflate" | null;
  readonly settings: ConnectionSettings;
}

type Library = typeof import("ws");

/** Made by `acceptWebSockets`: `websockets.Server`. */
export class WebSocketServer implements Acceptor, Leftover {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(WebSocketServer);
  /** Those that are open, or closing: of which the handler runs. */
  readonly connections: ReadonlySet<ServerConnection>;
  private readonly open = new Set<ServerConnection>();
  private readonly loop: EventLoop;
  private readonly plan: ServerPlan;
  private readonly ws: Library;
  private readonly handshakes: InstanceType<Library["WebSocketServer"]>;
  private readonly context = copyContext();
  private readonly tasks = new Set<Task<void>>();
  private forget: (() => void) | null;

  /** @internal */
  constructor(loop: EventLoop, server: WebServer, plan: ServerPlan, ws: Library) {
    this.loop = loop;
    this.plan = plan;
    this.ws = ws;
    this.connections = this.open;
    const { settings, compression } = plan;
    this.handshakes = new ws.WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: settings.maxPayload,
      perMessageDeflate: compression === "deflate",
      closeTimeout: milliseconds(settings.closeTimeout),
      handleProtocols: (offered: Set<string>) => settings.subprotocols.find((name) => offered.has(name)) ?? false,
    } as object);
    const forgetUpgrades = listenToUpgrades(server, this);
    const forgetClose = onServerClose(server, () => this.close());
    this.forget = () => {
      forgetUpgrades();
      forgetClose();
    };
    loop._leftovers ??= new Set();
    loop._leftovers.add(this);
  }

  /** @internal */
  get path(): string | null {
    return this.plan.path;
  }

  /** True until `close()`. */
  isServing(): boolean {
    return this.forget !== null;
  }

  /**
   * Accepts no more connections, and begins to close those that are there. The HTTP server goes on; its own `close()`
   * calls this, where it is that of tsyncio/http-server.
   */
  close(code = 1001, reason = ""): void {
    checkClose(code, reason);
    this.stopAccepting();
    for (const connection of this.open) channelOf(connection).close(code, reason);
  }

  /** Waits until the server is closed and all of its handlers have ended. */
  waitClosed(): CoroutineObject<void>;
  *waitClosed(): Coroutine<void> {
    while (this.tasks.size > 0) yield* wait([...this.tasks]);
  }

  /**
   * Closes in good order: the connections with code 1001, whose handlers have `grace` seconds to end, by default
   * `closeTimeout`; then they are cancelled, and have as long again. What has not ended after that is left behind,
   * without its connection.
   */
  shutdown(options?: { grace?: number }): CoroutineObject<void>;
  *shutdown(options: { grace?: number } = {}): Coroutine<void> {
    const { grace = this.plan.settings.closeTimeout } = ownOptions("shutdown", options, { grace: true });
    checkSeconds(grace, "grace");
    this.close();
    try {
      if (this.tasks.size > 0) yield* wait([...this.tasks], { timeout: grace });
      for (const task of this.tasks) task.cancel("the WebSocket server is shut down");
      if (this.tasks.size > 0) yield* wait([...this.tasks], { timeout: grace });
    } finally {
      this.terminate();
    }
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    return this;
  }

  /** `shutdown()`. */
  aexit(_error?: unknown): ContextMethod<void>;
  *aexit(_error?: unknown): Coroutine<void> | ContextMethod<void> {
    yield* this.shutdown();
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this.loop.createTask(this.aexit());
  }

  toString(): string {
    const { path } = this.plan;
    const state = this.isServing() ? "serving" : "closed";
    return `<WebSocketServer ${state}${path === null ? "" : ` path=${path}`} connections=${this.open.size}>`;
  }

  /** @internal */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { origins, settings } = this.plan;
    if (!isAllowed(request, origins)) return refuse(socket, 403, "the origin of this page may not connect");
    if (!speaks(request, settings.subprotocols)) {
      return refuse(socket, 400, `the subprotocol must be one of ${settings.subprotocols.join(", ")}`);
    }
    socket.on("error", ignore);
    const task = this.loop.createTask(this.serve(request, socket, head), { context: this.context.copy() });
    this.tasks.add(task);
    task.addDoneCallback(() => void this.tasks.delete(task));
  }

  /** @internal */
  _loopClosed(): void {
    this.stopAccepting();
  }

  private stopAccepting(): void {
    this.forget?.();
    this.forget = null;
    this.loop._leftovers?.delete(this);
  }

  private terminate(): void {
    for (const connection of this.open) channelOf(connection).wire.terminate();
  }

  /** The task of one connection. */
  private *serve(request: IncomingMessage, socket: Duplex, head: Buffer): Coroutine<void> {
    let accepted = false;
    try {
      accepted = yield* this.mayConnect(request, socket);
    } finally {
      if (!accepted && socket.writable) refuse(socket, 503, "the server is shut down");
    }
    if (!accepted) return;
    const connection = this.accept(request, socket, head);
    if (connection !== null) yield* this.handle(connection);
  }

  /** False if the request was refused, or the client has left. */
  private *mayConnect(request: IncomingMessage, socket: Duplex): Coroutine<boolean> {
    const { processRequest, settings } = this.plan;
    if (processRequest === null) return true;
    const task = currentTask() as Task<unknown>;
    const forget = onLeave(socket, () => task.cancel("the client has disconnected"));
    try {
      const response = yield* asyncWith(timeout(settings.openTimeout), () =>
        resultOf<Response | null | undefined>(processRequest(request)),
      );
      if (response === null || response === undefined) return !socket.destroyed;
      const text = yield* fromPromise(response.text());
      refuse(socket, response.status, text.replace(/\n$/, ""), response.headers);
    } catch (error) {
      if (isCancelled(error) || isExit(error)) throw error;
      if (!(error instanceof TimeoutError))
        this.report("processRequest of a WebSocket server has failed", error, request);
      refuse(socket, error instanceof TimeoutError ? 503 : 500, "");
    } finally {
      forget();
    }
    return false;
  }

  /** The handshake; null if the request is none. */
  private accept(request: IncomingMessage, socket: Duplex, head: Buffer): ServerConnection | null {
    // Bun has a ws of its own, whose Sender makes no frames.
    const { frame } = (this.ws as unknown as { Sender?: { frame?: MakeFrame } }).Sender ?? {};
    const direct = this.plan.compression === null && frame !== undefined ? { socket, frame } : null;
    let connection: ServerConnection | null = null;
    this.handshakes.handleUpgrade(request, socket, head, (ws) => {
      const channel = new Channel(this.loop, this.plan.settings, (listener) => new WsWire(ws, listener, direct));
      connection = new ServerConnection(channel, request);
      channel.opened();
    });
    return connection;
  }

  private *handle(connection: ServerConnection): Coroutine<void> {
    const channel = channelOf(connection);
    this.open.add(connection);
    if (!this.isServing()) channel.close(1001, "");
    let code = 1001;
    try {
      const made = this.plan.handler(connection);
      if (!isAwaitable(made) && !isPromiseLike(made)) throw notACoroutine(made);
      yield* resultOf(made);
      code = 1000;
    } catch (error) {
      if (isCancelled(error) || isExit(error)) throw error;
      code = 1011;
      if (!isEndOf(channel, error)) {
        this.report("Unhandled exception in the handler of a WebSocket connection", error, connection.request);
      }
    } finally {
      channel.close(code, "");
      try {
        yield* channel.over.wait();
      } finally {
        channel.wire.terminate(); // nothing if it has ended; it has not if this was cancelled once more
        this.open.delete(connection);
      }
    }
  }

  private report(message: string, thrown: unknown, request: IncomingMessage): void {
    this.loop.callExceptionHandler({ message, exception: asFailure(thrown), path: request.url?.split("?")[0] });
  }
}

function ignore(): void {}

/** True if no subprotocol is asked for here, or the client offers one of them. */
function speaks({ headers }: IncomingMessage, subprotocols: readonly string[]): boolean {
  if (subprotocols.length === 0) return true;
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  return offered.some((name) => subprotocols.includes(name));
}

/** What a function of the program's own has returned: a coroutine, a promise, or a value. */
function* resultOf<T>(made: Awaitable<T> | Native<T> | PromiseLike<T> | T): Coroutine<T> {
  if (isAwaitable(made)) return (yield* made) as T;
  return isPromiseLike(made) ? ((yield* fromPromise(made)) as T) : (made as T);
}

/** The client has left, or was closed, and the handler has noticed it by that error: that is no news. */
function isEndOf(channel: Channel, error: unknown): boolean {
  if (error instanceof BaseExceptionGroup) return error.exceptions.every((one) => isEndOf(channel, one));
  return error instanceof ConnectionClosed && channel.hasThrown(error);
}

function notACoroutine(made: unknown): TypeError {
  return new TypeError(
    `the handler of a WebSocket connection must be a coroutine function, function* or async, and returned ${describe(made)}`,
  );
}
