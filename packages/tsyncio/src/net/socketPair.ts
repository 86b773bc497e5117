/** Two sockets that are connected with each other: Python's `os.pipe()`, which Node does not have. */

import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter } from "../kernel/waiter.ts";

const OWNER = { describeWait: () => "the connection of a pair of sockets" };

/** The caller must destroy both. Cancelled, leaves nothing behind. */
export function* socketPair(loop: EventLoop): Coroutine<[Socket, Socket]> {
  const path = temporaryPath();
  const ready = createWaiter<[Socket, Socket]>(loop, OWNER);
  const made: (Socket | Server)[] = [];
  const fail = (error: Error) => void (ready.done() || ready.setException(error));
  let one: Socket | null = null;
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    if (ready.done()) return void socket.destroy(); // cancelled
    made.push(socket);
    ready.setResult([one as Socket, socket]);
  });
  server.on("error", fail);
  server.maxConnections = 1;
  made.push(server);
  try {
    server.listen(path, () => {
      one = connect({ path, allowHalfOpen: true });
      one.on("error", fail);
      made.push(one);
    });
    const pair = yield* ready;
    for (const socket of pair) socket.removeListener("error", fail);
    made.length = 0;
    return pair;
  } finally {
    for (const thing of made) if ("destroy" in thing) thing.destroy();
    server.close();
    if (process.platform !== "win32") rmSync(path, { force: true });
  }
}

function temporaryPath(): string {
  const name = `tsyncio-${randomUUID()}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}
