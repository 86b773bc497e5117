/** tsyncio/websocket in browsers: clients over the platform's WebSocket, and what both sides have in common. */

import { installNativeCalls } from "../tasks/nativeCalls.ts";

export { type BroadcastOptions, broadcast } from "./broadcast.ts";
export { connect } from "./connect.ts";
export { Connection } from "./connection.ts";
export {
  Close,
  ConcurrencyError,
  ConnectionClosed,
  ConnectionClosedError,
  ConnectionClosedOK,
  InvalidHandshake,
  InvalidStatus,
  InvalidURI,
} from "./errors.ts";
export type { ConnectionOptions } from "./options.ts";
export { connectionPair } from "./pair.ts";
export type { Message } from "./wire.ts";

installNativeCalls();
