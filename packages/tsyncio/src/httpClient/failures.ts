/** What the platforms' fetch fails by, as one of ours. */

import { asFailure, isCancelled } from "../base/errors.ts";
import {
  ClientConnectionError,
  ClientConnectorDNSError,
  ClientConnectorError,
  ClientConnectorSSLError,
  ClientError,
  ClientPayloadError,
  describeRequest,
  type RequestInfo,
  ServerDisconnectedError,
  ServerTimeoutError,
  TooManyRedirects,
} from "./errors.ts";

/** An error of undici, Deno, Bun or a browser: a code where there is one, else all that there is is a text. */
interface Failure {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

const DNS = /^(?:ENOTFOUND|EAI_\w+)$|dns error/;
const TLS = /^(?:ERR_SSL_|ERR_TLS_|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)|certificate|corrupt message/;
const CONNECT =
  /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$|\(Connect\)|bad port|port \d+ (?:is|are) blocked/;
const CLOSED = /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET)$|connection closed|SendRequest/;
const SLOW = /^UND_ERR_(?:HEADERS|BODY)_TIMEOUT$/;
/** A header, say, that the platform sends by itself: the next attempt would fail too. */
const WRONG = /^UND_ERR_(?:INVALID_ARG|NOT_SUPPORTED)$/;
const REDIRECTS = /redirect count exceeded|TooManyRedirects|Maximum number of redirects/;

/** The error of a request that got no answer. What is not the platform's stays as it is. */
export function connectionFailure(error: unknown, request: RequestInfo): unknown {
  if (!isPlatforms(error)) return asFailure(error);
  const { text, code } = reasonOf(error);
  const options = { cause: error };
  const what = describeRequest(request);
  if (REDIRECTS.test(text)) return new TooManyRedirects(`${what}: too many redirects`, options);
  if (WRONG.test(text)) return new TypeError(`${what}: the platform does not send this request (${code})`, options);
  const host = URL.canParse(request.url) ? new URL(request.url).host : "the host";
  const connector = DNS.test(text)
    ? ClientConnectorDNSError
    : TLS.test(text)
      ? ClientConnectorSSLError
      : CONNECT.test(text)
        ? ClientConnectorError
        : null;
  if (connector !== null) return new connector(`${what}: cannot connect to ${host} (${code})`, code, options);
  if (SLOW.test(text)) return new ServerTimeoutError(`${what}: the server has not answered in time (${code})`, options);
  if (CLOSED.test(text)) {
    return new ServerDisconnectedError(`${what}: the server has closed the connection before its answer`, options);
  }
  return new ClientConnectionError(`${what}: the request has failed (${code})`, options);
}

/** The error of a body that did not come to its end. */
export function bodyFailure(error: unknown, request: RequestInfo): unknown {
  if (!isPlatforms(error)) return asFailure(error);
  const { text, code } = reasonOf(error);
  const what = `the body of ${describeRequest(request)}`;
  if (SLOW.test(text))
    return new ServerTimeoutError(`${what}: no more of it has come in time (${code})`, { cause: error });
  return new ClientPayloadError(`${what} has not come to its end (${code})`, { cause: error });
}

/** Errors of the program, of tsyncio and of a simulation are none of the platform's. */
function isPlatforms(error: unknown): error is Failure {
  if (isCancelled(error) || error instanceof ClientError) return false;
  if (error instanceof TypeError) return true;
  return error instanceof Error && (typeof (error as Failure).code === "string" || error.name === "AbortError");
}

/**
 * `text` is what to recognise it by; `code` says it in a message: a text of the platform may have the whole URL in it.
 */
function reasonOf(error: Failure): { text: string; code: string } {
  let text = "";
  for (let link: unknown = error; typeof link === "object" && link !== null; link = (link as Failure).cause) {
    const { code, message } = link as Failure;
    if (typeof code === "string") return { text: code, code };
    if (typeof message === "string" && message !== "") text = message;
  }
  const known =
    /dns error|certificate|corrupt message|bad port|connection closed|does not match the HTTP\S* protocol/.exec(
      text,
    )?.[0];
  return { text, code: known ?? "fetch failed" };
}
