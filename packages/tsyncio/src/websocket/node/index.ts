/** tsyncio/websocket: WebSocket clients and servers. */

import { installNativeCalls } from "../../tasks/nativeCalls.ts";

export { type BroadcastOptions, broadcast } from "../broadcast.ts";
export { Connection } from "../connection.ts";
export {
  Close,
  ConcurrencyError,
  ConnectionClosed,
  ConnectionClosedError,
  ConnectionClosedOK,
  InvalidHandshake,
  InvalidStatus,
  InvalidURI,
} from "../errors.ts";
export type { ConnectionOptions } from "../options.ts";
export { connectionPair } from "../pair.ts";
export type { Message } from "../wire.ts";
export { type AcceptOptions, acceptWebSockets } from "./acceptWebSockets.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export type { Origins } from "./origins.ts";
export { ServerConnection } from "./serverConnection.ts";
export type { WebServer } from "./upgrades.ts";
export { type Handler, type ProcessRequest, WebSocketServer } from "./webSocketServer.ts";

installNativeCalls();
