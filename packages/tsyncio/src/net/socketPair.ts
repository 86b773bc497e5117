/** Two sockets that are connected with each other: Python's `os.pipe()`, which Node does not have. */

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withoutPrototype } from "../base/checks.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { Deferred } from "./deferred.ts";
import { fromSystemError } from "./systemErrors.ts";
import { checkUnixPath } from "./unixPath.ts";

/** The caller must destroy both. Cancelled, leaves nothing behind. */
export function* socketPair(loop: EventLoop): Coroutine<[Socket, Socket]> {
  const { path, remove } = privatePath();
  // Other programs of the same user can connect too: the one that knows this is ours.
  const secret = randomBytes(16);
  const ready = new Deferred<[Socket, Socket]>(loop, "the connection of a pair of sockets");
  const made = new Set<Socket | Server>();
  let one: Socket | null = null;
  const server = createServer(withoutPrototype({ pauseOnConnect: true, allowHalfOpen: true }), (socket) => {
    made.add(socket);
    whenSays(secret, socket, () => ready.resolve([one as Socket, socket]));
  });
  server.on("error", ready.reject);
  made.add(server);
  try {
    server.listen(withoutPrototype({ path }), () => {
      one = connect(withoutPrototype({ path, allowHalfOpen: true }));
      one.on("error", ready.reject);
      one.write(secret);
      made.add(one);
    });
    const pair = yield* ready.future;
    for (const socket of pair) {
      socket.removeAllListeners("error");
      made.delete(socket);
    }
    return pair;
  } finally {
    for (const thing of made) if ("destroy" in thing) thing.destroy();
    server.close();
    remove();
  }
}

/**
 * Calls `then` when the first bytes of the socket are `secret`, which it leaves paused; drops one that says otherwise.
 */
function whenSays(secret: Uint8Array, socket: Socket, then: () => void): void {
  let said: Uint8Array = new Uint8Array(0);
  const onData = (data: Uint8Array): void => {
    said = Buffer.concat([said, data]);
    if (said.length < secret.length) return;
    socket.off("data", onData);
    socket.pause();
    if (Buffer.compare(said, secret) === 0) then();
    else socket.destroy();
  };
  socket.on("error", () => {});
  socket.on("data", onData);
  socket.resume();
}

interface Place {
  readonly path: string;
  remove(): void;
}

/** In a folder that only this user may enter. `TMPDIR` may be missing, or too long for the path of a socket. */
function privatePath(): Place {
  if (process.platform === "win32") {
    return { path: `\\\\.\\pipe\\tsyncio-${randomBytes(16).toString("hex")}`, remove: () => {} };
  }
  let failure: unknown = null;
  for (const folder of [tmpdir(), "/tmp", "/var/tmp"]) {
    try {
      checkUnixPath(join(folder, "tsyncio-XXXXXX", "pair"));
      const place = mkdtempSync(join(folder, "tsyncio-"));
      return { path: join(place, "pair"), remove: () => rmSync(place, { recursive: true, force: true }) };
    } catch (error) {
      failure ??= error;
    }
  }
  throw fromSystemError(failure);
}
