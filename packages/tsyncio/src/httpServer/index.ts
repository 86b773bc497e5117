/**
 * tsyncio/http-server: HTTP servers whose requests are tasks, over srvx; handlers for the servers of other frameworks.
 */

import { installNativeCalls } from "../tasks/nativeCalls.ts";

export type { CancelOnDisconnect } from "./disconnect.ts";
export type { Handler } from "./handler.ts";
export type { HttpServerOptions } from "./options.ts";
export { serve } from "./serve.ts";
export { HttpServer } from "./server.ts";
export { type HandlerResult, type ToHandlerOptions, toHandler } from "./toHandler.ts";

installNativeCalls();
