/** `connect` where the platform has a WebSocket and nothing else. */

import { ownOptions } from "../base/checks.ts";
import { currentLoop } from "../kernel/future.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { Connecting } from "./connecting.ts";
import { Connection } from "./connection.ts";
import { targetOf } from "./handshake.ts";
import { CONNECTION_OPTIONS, type ConnectionOptions, settingsOf } from "./options.ts";
import { connectByPlatform } from "./platform.ts";

export function connect(url: string | URL, options?: ConnectionOptions | null): Connecting {
  return new Connecting(connecting(url, options));
}

function* connecting(url: string | URL, options: ConnectionOptions | null | undefined): Coroutine<Connection> {
  const settings = settingsOf(ownOptions("connect", options, CONNECTION_OPTIONS), false);
  return new Connection(yield* connectByPlatform(currentLoop(), targetOf(url, settings)));
}
