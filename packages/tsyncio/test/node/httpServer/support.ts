/** What the tests of HTTP servers share. */

import { type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";
import { connect, type Socket } from "node:net";
import { asyncWith, type Coroutine, type ExceptionContext, fromPromise } from "tsyncio";
import { type Handler, type HttpServer, type HttpServerOptions, serve } from "tsyncio/http-server";
import { real } from "../net/support.ts";

export { until } from "../net/support.ts";

/** A server on a port of its own while the body runs; at the end nothing of it is left. */
export function served<T>(
  handler: Handler,
  body: (server: HttpServer) => Coroutine<T>,
  options: HttpServerOptions & { reports?: ExceptionContext[] } = {},
): Promise<T> {
  const { reports, ...own } = options;
  return real<T>(function* (): Coroutine<T> {
    const server = yield* serve(handler, { port: 0, grace: 0, ...own });
    return (yield* asyncWith(server, body)) as T;
  }, reports);
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingMessage["headers"];
}

export interface Question {
  readonly method?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: OutgoingHttpHeaders;
  readonly signal?: AbortSignal;
}

/** Asks the server, on a connection of its own. */
export function ask(server: { readonly port: number }, path: string, question: Question = {}): Coroutine<Answer> {
  return fromPromise((signal) => answer(server.port, path, { signal, ...question }));
}

export function answer(port: number, path: string, { body, ...question }: Question = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, host: "127.0.0.1", agent: false, ...question }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text: Buffer.concat(parts).toString() });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** A connection that says what it is told, and keeps what it hears. */
export function rawClient(port: number, text: string): { socket: Socket; heard(): string; closed: Promise<void> } {
  const socket = connect(port, "127.0.0.1");
  let heard = "";
  socket.on("data", (part) => {
    heard += part;
  });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.write(text);
  return { socket, heard: () => heard, closed };
}
