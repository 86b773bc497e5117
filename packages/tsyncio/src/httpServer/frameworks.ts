/** What the arguments of a framework's handler tell of the client. */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { onAbort } from "../tasks/abort.ts";

export interface Client {
  readonly method: string | undefined;
  /** Calls `leave` if the client leaves before it has its answer. Returns what ends the listening. */
  onLeave(leave: () => void): () => void;
  /** What the framework is told when the client has left: it sends nothing, or what it sends is lost. */
  nothing(): unknown;
  /** Only of node:http itself, which looks at no result: there the answer to a failure is ours. */
  readonly bare: ServerResponse | null;
}

interface Hono {
  readonly req?: { readonly raw?: unknown };
  readonly env?: { readonly outgoing?: unknown };
}

/** Null where there is none to be seen, as in a test that calls the handler: then nothing is cancelled. */
export function clientOf(args: readonly unknown[]): Client | null {
  // After the request; handlers of errors, of express and fastify, have the error before both.
  for (const at of [1, 2]) {
    const response = args[at];
    const { method } = (args[at - 1] ?? {}) as { readonly method?: string };
    if (isNodeResponse(response)) return new NodeClient(method, response, args.length === 2 ? response : null);
    const { raw } = (response ?? {}) as { readonly raw?: unknown }; // of fastify's reply
    if (isNodeResponse(raw)) return new NodeClient(method, raw, null);
  }
  const [first] = args;
  if (isWebRequest(first)) return webClient(first);
  const { req, env } = (first ?? {}) as Hono;
  if (!isWebRequest(req?.raw)) return null;
  const outgoing = env?.outgoing;
  if (!isNodeResponse(outgoing)) return webClient(req.raw);
  return new NodeClient(req.raw.method, outgoing, null, lostResponse);
}

function isNodeResponse(value: unknown): value is ServerResponse {
  const { writeHead, once } = (value ?? {}) as Partial<ServerResponse>;
  return typeof writeHead === "function" && typeof once === "function";
}

function isWebRequest(value: unknown): value is Request {
  const { signal, headers } = (value ?? {}) as Partial<Request>;
  return typeof signal?.addEventListener === "function" && typeof headers?.get === "function";
}

class NodeClient implements Client {
  declare readonly method: string | undefined;
  declare readonly bare: ServerResponse | null;
  declare readonly nothing: () => unknown;
  declare private readonly res: ServerResponse;

  constructor(
    method: string | undefined,
    res: ServerResponse,
    bare: ServerResponse | null,
    nothing: () => unknown = nothingAtAll,
  ) {
    this.method = method;
    this.res = res;
    this.bare = bare;
    this.nothing = nothing;
  }

  onLeave(leave: () => void): () => void {
    const { res } = this;
    const closed = (): void => {
      if (!res.writableEnded) leave();
    };
    // Of requests that wait for their connection Node tells nothing but the end of that.
    const socket = res.req.socket as Socket | null; // null after a body that was left before its end
    const source = res.socket === null ? (socket ?? res) : res;
    source.on("close", closed); // once() would make two objects more, and there is one close
    return () => void source.removeListener("close", closed);
  }
}

function nothingAtAll(): void {}

function webClient(request: Request): Client {
  return {
    method: request.method,
    bare: null,
    nothing: lostResponse,
    onLeave: (leave) => onAbort(request.signal, leave),
  };
}

/** nginx's number for it. */
function lostResponse(): Response {
  return new Response(null, { status: 499 });
}
