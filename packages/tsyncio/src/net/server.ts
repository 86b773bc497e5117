/** asyncio.Server. */

import type { Server as NodeServer, Socket } from "node:net";
import { checkOptions } from "../base/checks.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { CancelledError, RuntimeError } from "../base/errors.ts";
import { hideInside } from "../base/inspection.ts";
import { type LazyContext, snapshot } from "../kernel/context.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { ContextMethod, Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { kernel } from "../kernel/state.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { sleep } from "../tasks/sleep.ts";
import { checkSeconds } from "../tasks/timeouts.ts";
import { wait } from "../tasks/wait.ts";
import { addressOf } from "./extraInfo.ts";
import { report } from "./flowControl.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { type ListenPlan, listenAll, SocketFile } from "./listen.ts";
import { makeProtocol } from "./protocolFactory.ts";
import type { Address, StreamProtocol } from "./protocols.ts";
import { ServerConnections, withSockname } from "./serverConnections.ts";
import { SocketTransport } from "./socketTransport.ts";
import type { SocketTransportOptions } from "./socketTransportOptions.ts";

/** A socket that a server listens on. */
export interface ListeningSocket {
  /** `[host, port]`, or the path of a unix socket. */
  getsockname(): Address;
}

/** How a server makes its sockets, and what its transports are made with. */
export interface ServerPlan extends ListenPlan {
  readonly protocolFactory: () => StreamProtocol;
  /** `arrived` gets each connection, `accepted` each that is ready for its protocol. */
  make(arrived: (socket: Socket) => void, accepted: (socket: Socket, raw: Socket) => void): NodeServer;
  readonly transport: SocketTransportOptions;
  /** The file of a unix socket goes with the server. */
  readonly cleanupSocket: boolean;
}

/** A server that is bound to its addresses, and serves if it shall. */
export let makeServer: (loop: EventLoop, plan: ServerPlan, serves: boolean) => Coroutine<Server>;

/** Made by `createServer`, `startServer` and their unix forms: `asyncio.Server`. */
export class Server implements WaitOwner, Leftover {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Server);
  static {
    // A bundler may rename the class: node:net has a Server too.
    Object.defineProperty(Server, "name", { value: "Server", configurable: true });
    hideInside(Server);
    makeServer = function* (loop, plan, serves) {
      const server = new Server(loop, plan);
      yield* server.bind();
      if (serves) yield* server.listen();
      return server;
    };
  }

  private readonly loop: EventLoop;
  private readonly plan: ServerPlan;
  private readonly context: LazyContext;
  private readonly connections: ServerConnections;
  private listeners: NodeServer[] = [];
  private file: SocketFile | null = null;
  private serving = false;
  private closed = false;
  private forever: Future<never> | null = null;

  /** @internal */
  constructor(loop: EventLoop, plan: ServerPlan) {
    this.loop = loop;
    this.plan = plan;
    this.context = snapshot();
    this.connections = new ServerConnections(loop, this, (socket, options) => this.connect(socket, options));
  }

  getLoop(): EventLoop {
    return this.loop;
  }

  isServing(): boolean {
    return this.serving;
  }

  /** Where the server is bound; empty when it is closed. */
  get sockets(): readonly ListeningSocket[] {
    return this.listeners.map((listener) => ({ getsockname: () => addressOf(listener.address()) as Address }));
  }

  /** Stops listening. Connections that were accepted go on. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.serving = false;
    leftoversOf(this.loop).delete(this);
    this.closeListeners();
    if (this.forever !== null && !this.forever.done()) this.forever.cancel();
    this.forever = null;
    this.connections.close();
  }

  /** Closes the connections, when what they have written is sent. Those in their TLS handshake are dropped. */
  closeClients(): void {
    this.connections.closeClients();
  }

  /** Closes the connections at once. */
  abortClients(): void {
    this.connections.abortClients();
  }

  /** Serves, if the server was made with `startServing: false`. Throws `RuntimeError` if the server is closed. */
  startServing(): CoroutineObject<void>;
  *startServing(): Coroutine<void> {
    yield* this.listen();
    yield* sleep(0);
  }

  /**
   * Serves until cancelled; then closes the server and its connections: the cancellation goes on when these have ended.
   * `close()` ends it by `CancelledError` too. Throws `RuntimeError` if the server is closed, or serves so already.
   */
  serveForever(): CoroutineObject<never>;
  *serveForever(): Coroutine<never> {
    if (this.forever !== null) throw new RuntimeError(`server ${this} is already being awaited on serveForever()`);
    if (this.closed) throw new RuntimeError(`server ${this} is closed`);
    this.forever = createWaiter<never>(this.loop, { describeWait: () => `serveForever() of ${this}` });
    const { forever } = this;
    try {
      yield* this.listen();
      return yield* forever;
    } catch (error) {
      if (error instanceof CancelledError) yield* this.endForever();
      throw error;
    } finally {
      this.forever = null;
    }
  }

  /** A second cancellation ends the wait; it is the first that goes on, as in asyncio. */
  private *endForever(): Coroutine<void> {
    try {
      this.close();
      this.closeClients();
      yield* this.waitClosed();
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
    }
  }

  /** Waits until the server is closed and all its connections have ended. */
  waitClosed(): CoroutineObject<void>;
  *waitClosed(): Coroutine<void> {
    yield* this.connections.waitEnded();
  }

  /**
   * Closes in good order: stops listening, waits `grace` seconds for the connections to end by themselves, closes those
   * that are left, and aborts what has not ended after `grace` seconds more.
   */
  shutdown(options?: { grace?: number }): CoroutineObject<void>;
  *shutdown(options: { grace?: number } = {}): Coroutine<void> {
    checkOptions("shutdown", options, { grace: true });
    const { grace = 5 } = options;
    checkSeconds(grace, "grace");
    this.close();
    const ended = this.loop.createTask(this.waitClosed());
    try {
      yield* wait([ended], { timeout: grace });
      this.closeClients();
      yield* wait([ended], { timeout: grace });
    } finally {
      this.abortClients();
    }
    yield* ended;
  }

  aenter(): ContextMethod<this>;
  *aenter(): Coroutine<this> | ContextMethod<this> {
    return this;
  }

  /** Closes, and waits until all connections have ended. */
  aexit(_error?: unknown): ContextMethod<void>;
  *aexit(_error?: unknown): Coroutine<void> | ContextMethod<void> {
    this.close();
    yield* this.waitClosed();
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    await this.loop.createTask(this.aexit());
  }

  describeWait(): string {
    return `the end of ${this}`;
  }

  toString(): string {
    const sockets = this.sockets.map((socket) => JSON.stringify(socket.getsockname())).join(", ");
    return `<${this.constructor.name} sockets=(${sockets}) clients=${this.connections.size}>`;
  }

  /** @internal */
  _loopClosed(): void {
    this.closed = true;
    this.serving = false;
    this.closeListeners();
  }

  /** What fails is reported, and nothing is left out for it. */
  private closeListeners(): void {
    const { listeners, file } = this;
    this.listeners = [];
    this.file = null;
    const close = (): void => {
      for (const listener of listeners) listener.close();
    };
    try {
      if (file === null) close();
      else file.close(close);
    } catch (exception) {
      const message = `Unable to clean up listening UNIX socket ${JSON.stringify(file?.path)}`;
      this.loop.callExceptionHandler({ message, exception, server: this });
    }
  }

  /** Takes what connects from now on. */
  private *listen(): Coroutine<void> {
    if (this.closed) throw new RuntimeError(`server ${this} is closed`);
    this.serving = true;
  }

  /** Node cannot bind without listening: what connects before the server serves is refused. */
  private *bind(): Coroutine<void> {
    const { plan } = this;
    this.listeners = yield* listenAll(this.loop, plan, () => this.makeListener());
    const path = plan.targets[0]?.path;
    if (path !== undefined && !path.startsWith("\0")) this.file = new SocketFile(path, plan.cleanupSocket);
    for (const listener of this.listeners) listener.on("error", (exception) => this.acceptFailed(exception));
    leftoversOf(this.loop).add(this);
  }

  private makeListener(): NodeServer {
    const { plan, connections } = this;
    const run = this.loop._running;
    /** For all of its connections: their side of the address is the same. */
    let options: SocketTransportOptions | null = null;
    const arrived = (raw: Socket): void => {
      if (this.serving) connections.arrived(raw);
      else raw.destroy();
    };
    const accepted = (socket: Socket, raw: Socket): void => {
      options ??= { ...plan.transport, server: connections, run, extra: withSockname(plan.transport.extra, listener) };
      connections.accepted(socket, raw, options);
    };
    const listener = plan.make(arrived, accepted);
    return listener;
  }

  private acceptFailed(exception: Error): void {
    this.loop.callExceptionHandler({ message: "a connection could not be accepted", exception, server: this });
  }

  /** In the loop: the connection gets its protocol. */
  private connect(socket: Socket, options: SocketTransportOptions): void {
    kernel.context = this.context;
    try {
      const protocol = makeProtocol(this.plan.protocolFactory);
      new SocketTransport(this.loop, socket, protocol, options);
    } catch (error) {
      socket.destroy();
      report(this.loop, "Error on transport creation for incoming connection", error, socket, null);
    }
  }
}
