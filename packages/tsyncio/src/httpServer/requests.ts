/** The requests of a server: each is a task. */

import type { ServerRequest } from "srvx";
import { type Linked, LinkedList } from "../base/linkedList.ts";
import { type LazyContext, snapshot } from "../kernel/context.ts";
import type { Future } from "../kernel/future.ts";
import type { Observer } from "../kernel/futureWaiters.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Task } from "../kernel/task.ts";
import { onAbort } from "../tasks/abort.ts";
import { coroutineOf, startNow } from "../tasks/nativeCalls.ts";
import { answerOf, describeRequest, tooLarge, unavailable } from "./answers.ts";
import { DenoRequests } from "./denoRequests.ts";
import { type CancelOnDisconnect, cancels, DISCONNECTED } from "./disconnect.ts";
import type { Lazy } from "./handler.ts";
import { connectionOf, type NodeConnections, socketOf } from "./nodeConnections.ts";
import { Ready, send, type Take } from "./sending.ts";

export interface RequestsOptions {
  readonly cancelOnDisconnect: CancelOnDisconnect;
  readonly maxBodySize: number;
}

export class Requests {
  readonly loop: EventLoop;
  /** Node's; null elsewhere. */
  connections: NodeConnections | null = null;
  /** Deno's; null elsewhere. */
  readonly deno: DenoRequests | null = "Deno" in globalThis ? new DenoRequests() : null;
  private readonly handler: Lazy<[ServerRequest], Response>;
  private readonly options: RequestsOptions;
  private readonly context: LazyContext = snapshot();
  /** The requests that wait for something. */
  private readonly pending = new LinkedList<Exchange>();
  private readonly ended: () => void;
  private refusing = false;
  private cancelled = false;

  /** `ended` is called when none is left that waits. */
  constructor(loop: EventLoop, handler: Lazy<[ServerRequest], Response>, options: RequestsOptions, ended: () => void) {
    this.loop = loop;
    this.handler = handler;
    this.options = options;
    this.ended = ended;
  }

  get size(): number {
    return this.pending.toArray().length;
  }

  /** Called by srvx, outside of the loop's turn. Promises are made only where the platform wants one. */
  readonly fetch = (request: ServerRequest): Response | Promise<Response> => {
    const node = connectionOf(request);
    if (node !== null) this.connections?.requested(node);
    else this.deno?.requested(request);
    if (this.refusing || this.loop._ending) return unavailable();
    if (this.isTooLarge(request)) return tooLarge();
    const task = startNow(this.loop, coroutineOf<Response>(this.handler, undefined, [request as never]), this.context);
    if (task.done()) {
      const response = answerOf(task, request);
      return node === null ? response : (new Ready(response, node, this.loop) as unknown as Promise<Response>);
    }
    const exchange = new Exchange(this, task, request);
    this.pending.add(exchange);
    const left = cancels(this.options.cancelOnDisconnect, request.method) ? () => exchange.leave() : null;
    if (node === null) return this.promised(exchange, request.signal, left);
    if (left !== null) this.connections?.onLeave(node, left);
    return exchange as unknown as Promise<Response>; // all that srvx does with it on Node is to call `then`
  };

  /** From now on requests are refused, and waiting ones are cancelled. Returns the tasks of these. */
  cancel(): Task<Response>[] {
    const tasks = this.pending.toArray().map(({ task }) => task);
    if (!this.cancelled) for (const task of tasks) task.cancel("the server shuts down");
    this.cancelled = true;
    this.refuse();
    return tasks;
  }

  /** From now on requests are refused. */
  refuse(): void {
    this.refusing = true;
  }

  /** The waiting requests, cancelled that many seconds ago, are reported, and not waited for any more. */
  leaveBehind(seconds: number): void {
    for (const exchange of this.pending.toArray()) {
      this.pending.delete(exchange);
      const { task, request } = exchange;
      const message = `${describeRequest(request)} has not ended ${seconds} seconds after it was cancelled`;
      this.loop.callExceptionHandler({ message: `${message}: its handler must not catch CancelledError`, task });
    }
  }

  /** The sockets of Node on which the waiting requests have come. */
  sockets(): Set<unknown> {
    const nodes = this.pending.toArray().map(({ request }) => connectionOf(request));
    return new Set(nodes.map((node) => node && socketOf(node)));
  }

  over(exchange: Exchange): void {
    this.pending.delete(exchange);
    const node = connectionOf(exchange.request);
    if (node !== null) this.connections?.answering(node);
    if (this.pending.first === null) this.ended();
  }

  /** By what its client says of it. What is longer than that, or says nothing, is refused while it is read. */
  private isTooLarge({ method, headers }: ServerRequest): boolean {
    if (method === "GET" || method === "HEAD") return false;
    const length = headers.get("content-length");
    return length !== null && Number(length) > this.options.maxBodySize;
  }

  private promised(exchange: Exchange, signal: AbortSignal, left: (() => void) | null): Promise<Response> {
    const forget = left === null ? null : onAbort(signal, left);
    return new Promise<Response>((resolve) => exchange.then(resolve)).finally(forget);
  }
}

/** A request whose task waits for something, and what srvx waits for. */
class Exchange implements Observer, Linked<Exchange> {
  /** @internal */ declare _previous: Exchange | null;
  /** @internal */ declare _next: Exchange | null;
  declare readonly task: Task<Response>;
  declare private readonly requests: Requests;
  declare readonly request: ServerRequest;
  declare private resolve: Take;

  constructor(requests: Requests, task: Task<Response>, request: ServerRequest) {
    this._previous = null;
    this._next = null;
    this.requests = requests;
    this.task = task;
    this.request = request;
    this.resolve = ignore;
  }

  /** Never rejects: srvx would write a line for each client that leaves. */
  then(resolve: Take): void {
    this.resolve = resolve;
    this.task._addWaiter(this);
  }

  leave(): void {
    this.task.cancel(DISCONNECTED);
  }

  /** @internal */
  _futureEnded(): void {
    const { requests, request, resolve } = this;
    requests.over(this);
    const response = answerOf(this.task as Future<Response>, request);
    const node = connectionOf(request);
    if (node === null) resolve(response);
    else send(response, resolve, node, requests.loop);
  }
}

function ignore(): void {}
