/** An HTTP server: what `serve` returns. */

import type { Server as NodeServer } from "node:http";
import type { Server as SrvxServer } from "srvx";
import { ownOptions } from "../base/checks.ts";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { CancelledError, RuntimeError } from "../base/errors.ts";
import { thenableMethods } from "../kernel/coroutines.ts";
import type { Future } from "../kernel/future.ts";
import type { EventLoop, Leftover } from "../kernel/loop.ts";
import type { ContextMethod, Coroutine, CoroutineObject } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { Latch } from "../sync/latch.ts";
import { checkSeconds } from "../tasks/timeouts.ts";
import { wait } from "../tasks/wait.ts";
import type { DenoRequests } from "./denoRequests.ts";
import { NodeConnections } from "./nodeConnections.ts";
import type { CheckedOptions } from "./options.ts";
import type { Requests } from "./requests.ts";

/** Seconds for sending the answers of requests that `shutdown()` has cancelled. */
const LAST_ANSWERS = 1;
/** Seconds that these requests have to clean up, where `grace` is less. */
const CLEANUP = 5;

/** Made by `serve`. Its methods are those of asyncio's `Server`. */
export class HttpServer implements WaitOwner, Leftover {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(HttpServer);
  /** Where it listens, for example `http://127.0.0.1:8080/`. */
  readonly url: string;
  /** The server of node:http, for what hooks into it, such as WebSockets; null on Bun and Deno. */
  readonly node: NodeServer | null;
  private readonly srvx: SrvxServer;
  private readonly requests: Requests;
  private readonly connections: NodeConnections | null;
  private readonly grace: number;
  private readonly onClose = new Set<() => void>();
  private readonly closed: Latch;
  private closing = false;
  /** On Deno, in `shutdown()`: it still listens, and refuses requests, until the answers are sent. */
  private draining = false;
  /** srvx has closed: it waits for no connection any more. */
  private ended = false;
  private forever: Future<never> | null = null;

  /** @internal `srvx` listens. */
  constructor(srvx: SrvxServer, requests: Requests, options: CheckedOptions) {
    this.srvx = srvx;
    this.requests = requests;
    this.grace = options.grace;
    this.url = srvx.url as string;
    this.node = (srvx.node?.server as NodeServer | undefined) ?? null;
    const { loop } = requests;
    this.connections = this.node === null ? null : new NodeConnections(this.node, loop, options, () => this.checkEnd());
    requests.connections = this.connections;
    this.node?.on("error", (exception) => {
      loop.callExceptionHandler({ message: `a connection could not be accepted by ${this}`, exception });
    });
    this.closed = new Latch(loop, this);
    loop._leftovers ??= new Set();
    loop._leftovers.add(this);
  }

  getLoop(): EventLoop {
    return this.requests.loop;
  }

  get port(): number {
    const { port, protocol } = new URL(this.url);
    return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  }

  isServing(): boolean {
    return !this.closing;
  }

  /**
   * `callback` is called once, when the server begins to close: for what holds connections open, such as WebSockets.
   */
  addCloseCallback(callback: () => void): void {
    this.onClose.add(callback);
  }

  removeCloseCallback(callback: () => void): void {
    this.onClose.delete(callback);
  }

  /**
   * Stops listening. Requests that have come go on, and are the last of their connections. Does nothing the second
   * time.
   */
  close(): void {
    this.beginClosing(() => this.stop());
  }

  /**
   * Serves until cancelled, or until `close()`, which ends it by `CancelledError` too. Where it is cancelled, the
   * server takes no more connections from then on.
   */
  serveForever(): CoroutineObject<never>;
  *serveForever(): Coroutine<never> {
    if (this.forever !== null) throw new RuntimeError(`server ${this} is already being awaited on serveForever()`);
    if (this.closing) throw new RuntimeError(`server ${this} is closed`);
    this.forever = createWaiter<never>(this.getLoop(), { describeWait: () => `serveForever() of ${this}` });
    try {
      return yield* this.forever;
    } catch (error) {
      // At once: what stands inside the server's block may take long to end.
      if (error instanceof CancelledError) this.refuse();
      throw error;
    } finally {
      this.forever = null;
    }
  }

  /** Waits until the server is closed, all requests are answered and all connections have ended. */
  waitClosed(): CoroutineObject<void>;
  *waitClosed(): Coroutine<void> {
    yield* this.closed.wait();
  }

  /**
   * Closes in good order: stops listening, waits `grace` seconds for requests to end by themselves, then cancels those
   * that are left, which are answered with 503 once they have cleaned up, and ends the connections. `grace` defaults to
   * the option of `serve`.
   */
  shutdown(options?: { grace?: number }): CoroutineObject<void>;
  *shutdown(options: { grace?: number } = {}): Coroutine<void> {
    const { grace = this.grace } = ownOptions("shutdown", options, { grace: true });
    checkSeconds(grace, "grace");
    this.refuse();
    try {
      const ended = this.getLoop().createTask(this.waitClosed());
      yield* wait([ended], { timeout: grace });
      const tasks = this.requests.cancel();
      this.connections?.destroy(this.requests.sockets());
      if (tasks.length > 0) {
        const seconds = Math.max(grace, CLEANUP);
        const [, left] = yield* wait(tasks, { timeout: seconds });
        if (left.size === 0) yield* wait([ended], { timeout: LAST_ANSWERS });
        else this.requests.leaveBehind(seconds);
      }
    } finally {
      this.abort();
    }
    yield* this.waitClosed();
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
    await this.getLoop().createTask(this.shutdown());
  }

  describeWait(): string {
    return `the end of ${this}`;
  }

  toString(): string {
    return `<${this.constructor.name} ${this.url} requests=${this.requests.size}${this.closing ? " closing" : ""}>`;
  }

  /** @internal */
  _loopClosed(): void {
    if (!this.closing) this.draining = this.requests.deno !== null;
    this.closing = true;
    if (!this.draining) this.srvx.close().catch(ignore);
    this.abort();
  }

  /** @internal A request has ended, or the last connection. */
  checkEnd(): void {
    if (!this.ended || this.requests.size > 0 || (this.connections !== null && this.connections.size > 0)) return;
    this.getLoop()._leftovers?.delete(this);
    this.closed.open();
  }

  /** No more connections; on Deno, which would drop those that are there, no more requests. */
  private refuse(): void {
    const { deno } = this.requests;
    if (deno === null) this.close();
    else this.beginClosing(() => this.drain(deno));
  }

  private beginClosing(stop: () => void): void {
    if (this.closing) return;
    this.closing = true;
    if (this.forever !== null && !this.forever.done()) this.forever.cancel();
    this.forever = null;
    stop();
    for (const callback of this.onClose) this.tell(callback);
  }

  private stop(): void {
    const over = (): void => this.over();
    this.srvx.close().then(over, over);
    this.connections?.close();
  }

  /** Deno would wait for the answers by itself, but then nothing could end them any more. */
  private drain(deno: DenoRequests): void {
    this.draining = true;
    this.requests.refuse();
    deno.whenDrained(() => {
      if (this.ended) return;
      // In good order: the last bytes may still be on their way.
      this.draining = false;
      this.stop();
    });
  }

  /** At once. */
  private abort(): void {
    this.requests.cancel();
    if (this.draining) this.requests.deno?.end();
    if (this.connections !== null) this.connections.destroy();
    else if (!this.ended) this.srvx.close(true).catch(ignore);
    // srvx goes on waiting: for the promises of `request.waitUntil`, on Deno for the bodies that are being sent, too.
    this.over();
  }

  private over(): void {
    this.ended = true;
    this.checkEnd();
  }

  private tell(callback: () => void): void {
    try {
      callback();
    } catch (exception) {
      this.getLoop().callExceptionHandler({ message: `Exception in a close callback of ${this}`, exception });
    }
  }
}

function ignore(): void {}
