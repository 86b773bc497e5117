/** Responses on Node, once srvx has them: it is silent about those that it cannot send. */

import type { ServerResponse } from "node:http";
import type { EventLoop } from "../kernel/loop.ts";
import { describeRequest } from "./answers.ts";
import type { NodeExchange } from "./nodeConnections.ts";

/** How srvx takes a response. A promise, if it has a body that is sent piece by piece. */
export type Take = (response: Response) => unknown;

/** Hands the response over. What keeps it from being sent is reported, and its connection ended. */
export function send(response: Response, take: Take, { req, res }: NodeExchange, loop: EventLoop): void {
  const { status } = response; // srvx empties a response of its own
  const left = res.destroyed;
  const sending = take(response) as Promise<unknown> | undefined;
  if (sending !== undefined) {
    void sending.then(() => endFailed(res));
    return;
  }
  if (!(res.destroyed && !left) && !(res.statusCode === 500 && status !== 500)) return;
  const { method = "", url = "" } = req;
  const message = `The response to ${describeRequest({ method, url })} could not be sent`;
  const reason = `srvx has refused it: status ${status}, or its headers or its body, cannot be sent by node:http`;
  loop.callExceptionHandler({ message, exception: new TypeError(reason) });
}

/** A response that was ready at once. All that srvx does with it is to call `then`. */
export class Ready {
  declare private readonly response: Response;
  declare private readonly node: NodeExchange;
  declare private readonly loop: EventLoop;

  constructor(response: Response, node: NodeExchange, loop: EventLoop) {
    this.response = response;
    this.node = node;
    this.loop = loop;
  }

  then(take: Take): void {
    send(this.response, take, this.node, this.loop);
  }
}

/** srvx takes a body that has failed with `undefined`, or another value that is falsy, for one that goes on. */
function endFailed(res: ServerResponse): void {
  if (res.writableEnded || res.destroyed) return;
  // Its last piece may still wait for the client, and the end of the stream for that.
  setImmediate(() => {
    if (res.writableEnded || res.destroyed) return;
    if (res.writableNeedDrain) res.once("drain", () => endFailed(res));
    else res.destroy(new TypeError("the body has failed with undefined, or another value that is no error"));
  });
}
