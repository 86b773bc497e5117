/** Coroutine functions as handlers of other frameworks. */

import type { ServerResponse } from "node:http";
import { ownOptions } from "../base/checks.ts";
import { asFailure, isCancelled } from "../base/errors.ts";
import { callersLoop } from "../host/loops.ts";
import type { Awaitable } from "../kernel/protocol.ts";
import type { Task } from "../kernel/task.ts";
import { coroutineOf, settleWith, startNow } from "../tasks/nativeCalls.ts";
import { describeRequest } from "./answers.ts";
import { type CancelOnDisconnect, cancels, checkCancelOnDisconnect, DISCONNECTED } from "./disconnect.ts";
import { type Client, clientOf } from "./frameworks.ts";
import { type Lazy, lazyHandler } from "./handler.ts";

/** Options of `toHandler`. */
export interface ToHandlerOptions {
  /** Which requests are cancelled when their client leaves. Defaults to "safe": GET, HEAD and OPTIONS. */
  cancelOnDisconnect?: CancelOnDisconnect;
}

/** What the function's coroutine, promise or task results in. */
export type HandlerResult<R> = R extends Awaitable<infer T> ? Awaited<T> : Awaited<R>;

/**
 * A coroutine function as a handler or a middleware of fastify, express or hono, as a listener of node:http, or of
 * anything that calls it with a web `Request`:
 *
 *     app.get<{ Params: { id: string } }>("/users/:id", toHandler(function* (request) {
 *       return yield* users.find(request.params.id);
 *     }));
 *
 * It is what an async function would be there: each call returns a promise. It is a task, which begins at once and
 * keeps the caller's `AsyncLocalStorage`; its arguments and `this` are the framework's. It is cancelled when its client
 * leaves, if the request is a GET, HEAD or OPTIONS: see `cancelOnDisconnect`. An exception goes to the framework; from
 * node:http itself, which has no place for it, it is answered with 500 and reported to the loop's exception handler.
 */
export function toHandler<This, A extends unknown[], R>(
  fn: (this: This, ...args: A) => R,
  options?: ToHandlerOptions | null,
): (this: This, ...args: A) => Promise<HandlerResult<R>> {
  const lazy = lazyHandler<A, HandlerResult<R>>(fn as never, "toHandler");
  const which = ownOptions("toHandler", options, { cancelOnDisconnect: true }).cancelOnDisconnect ?? "safe";
  checkCancelOnDisconnect(which);
  // Named by a property: express looks at `length`.
  const handler = function (this: This, ...args: A) {
    return call(lazy, this, args, which);
  };
  return Object.defineProperties(handler, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
  });
}

function call<A extends unknown[], R>(lazy: Lazy<A, R>, self: unknown, args: A, which: CancelOnDisconnect): Promise<R> {
  const task = startNow(callersLoop(), coroutineOf<R>(lazy as never, self, args as never));
  if (task.done() && !task.cancelled() && task.exception() === null) return Promise.resolve(task.result());
  const client = clientOf(args);
  const promise = settled(task, client, which);
  if (client?.bare == null) return promise;
  const { bare } = client;
  return promise.catch((error) => failBare(task, bare, error) as R);
}

function settled<R>(task: Task<R>, client: Client | null, which: CancelOnDisconnect): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    let left = false;
    const listens = client !== null && !task.done() && cancels(which, client.method);
    const forget = listens
      ? client.onLeave(() => {
          left = true;
          task.cancel(DISCONNECTED);
        })
      : null;
    const failed = (error: unknown): void => {
      forget?.();
      if (left && isCancelled(error)) resolve(client?.nothing() as R);
      else reject(asFailure(error));
    };
    const succeeded = (value: R): void => {
      forget?.();
      resolve(value);
    };
    settleWith(task, succeeded, failed);
  });
}

function failBare(task: Task<unknown>, res: ServerResponse, exception: unknown): void {
  const cancelled = isCancelled(exception);
  if (!cancelled) {
    const { method = "", url = "" } = res.req;
    const message = `Exception in the handler of ${describeRequest({ method, url })}`;
    task.getLoop().callExceptionHandler({ message, exception, task });
  }
  if (res.writableEnded) return;
  if (res.headersSent) res.destroy();
  else res.writeHead(cancelled ? 503 : 500, { connection: "close" }).end();
}
