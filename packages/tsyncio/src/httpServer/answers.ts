/** What a request is answered with, whatever has become of its task. */

import type { ServerRequest } from "srvx";
import { describe } from "../base/describe.ts";
import { isEcho } from "../iteration/settle.ts";
import type { Future } from "../kernel/future.ts";

/** Of a handler that has failed: a text, and no stack. `closing`: the connection takes no further request. */
export function plainAnswer(status: number, text: string, closing = false): Response {
  return new Response(`${text}\n`, closing ? { status, headers: { connection: "close" } } : { status });
}

export const unavailable = (): Response => plainAnswer(503, "Service Unavailable", true);
export const tooLarge = (): Response => plainAnswer(413, "Content Too Large");

/** The response that the handler has returned, or what stands for it. What is the server's fault is reported. */
export function answerOf(task: Future<Response>, request: ServerRequest): Response {
  if (task.cancelled()) return unavailable();
  const error = task.exception();
  if (error === null) {
    const response: unknown = task.result();
    if (isResponse(response)) {
      if (!isUsed(response)) return response;
      const message = "the handler of serve has returned a Response whose body was read or sent before: make a new one";
      return failure(task, request, new TypeError(message));
    }
    const message = `the handler of serve must return a Response, got ${describe(response)}`;
    return failure(task, request, new TypeError(message));
  }
  if (isTooLarge(error)) return tooLarge();
  return failure(task, request, error);
}

function failure(task: Future<Response>, request: ServerRequest, exception: unknown): Response {
  const { req, res } = request.runtime?.node ?? {};
  const left = res?.destroyed === true && !res.writableEnded;
  // The body that was to come is an error of the client's.
  const clients = left && (exception === req?.errored || isEcho(exception, undefined));
  if (!clients) {
    const message = `Exception in the handler of ${describeRequest(request)}`;
    task.getLoop().callExceptionHandler({ message, exception, task });
  }
  return plainAnswer(500, "Internal Server Error");
}

/** Method and path. A query may have secrets in it. */
export function describeRequest({ method, url }: { readonly method: string; readonly url: string }): string {
  return `${method} ${url.replace(/^\w+:\/\/[^/?#]*/, "").replace(/[?#].*$/s, "")}`;
}

/** Of any class: srvx has one of its own, and so has each framework. */
function isResponse(value: unknown): value is Response {
  if (value instanceof Response) return true;
  const { status, headers } = (value ?? {}) as Partial<Response>;
  return typeof status === "number" && typeof headers?.get === "function";
}

/** Not asked of srvx's own, which would make one of the platform's for it. */
function isUsed(response: Response): boolean {
  return !("_toNodeResponse" in response) && response.bodyUsed;
}

/** The error of reading more than `maxBodySize`: srvx's, or Bun's, which has nothing but a text. */
function isTooLarge(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return code === "ERR_BODY_TOO_LARGE" || message === "Request body exceeded maxRequestBodySize";
}
