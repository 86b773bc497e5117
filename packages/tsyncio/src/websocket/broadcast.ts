/** One message to many connections. */

import { type OptionNames, ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import { type Connection, channelOf } from "./connection.ts";
import { checkMessage } from "./outbox.ts";
import { type Message, SharedMessage } from "./wire.ts";

/** Options of `broadcast`. */
export interface BroadcastOptions {
  /**
   * In bytes: a connection for which more than this is buffered ends, with code 1008: its client is too slow, and would
   * cost memory without bound. 1 MiB by default.
   */
  limit?: number;
}

const OPTIONS: OptionNames<BroadcastOptions> = { limit: true };

/**
 * Sends a message to all of the connections, without waiting for any: `websockets.broadcast`. Those that are closing or
 * closed are left out, and those whose clients are too slow end. The message is put into a frame once for all clients
 * of a server.
 *
 *     broadcast(server.connections, JSON.stringify({ price }));
 *
 * @throws TypeError for a message that cannot be sent, or if `limit` is no number; ValueError if `limit` is negative.
 */
export function broadcast(
  connections: Iterable<Connection>,
  message: Message,
  options?: BroadcastOptions | null,
): void {
  const { limit = 2 ** 20 } = ownOptions("broadcast", options, OPTIONS);
  if (typeof limit !== "number") throw new TypeError(`limit must be a number of bytes, got ${describe(limit)}`);
  if (!(limit >= 0)) throw new ValueError(`limit must be a number of bytes, 0 or more, got ${limit}`);
  checkMessage(message, "broadcast");
  const shared = new SharedMessage(message);
  for (const connection of connections) {
    const channel = channelOf(connection);
    if (!channel.wire.isOpen()) continue;
    if (channel.wire.bufferedAmount > limit) channel.fail(1008, "too slow");
    else channel.outbox.writeShared(shared);
  }
}
