/** A connection that a server has accepted. */

import type { IncomingMessage } from "node:http";
import type { Channel } from "../channel.ts";
import { Connection } from "../connection.ts";

/** `websockets.ServerConnection`. */
export class ServerConnection extends Connection {
  /** The request of the opening handshake: its URL, its headers, its socket. */
  readonly request: IncomingMessage;

  /** @internal */
  constructor(channel: Channel, request: IncomingMessage) {
    super(channel);
    this.request = request;
  }
}
