/** loop.connect_read_pipe and loop.connect_write_pipe, over Node's streams. */

import type { Readable, Writable } from "node:stream";
import { describe } from "../base/describe.ts";
import { getRunningLoop } from "../host/loops.ts";
import { thenable } from "../kernel/coroutines.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { Deferred } from "./deferred.ts";
import { checkFactory, makeProtocol } from "./protocolFactory.ts";
import type { BaseProtocol, Protocol, ReadTransport, WriteTransport } from "./protocols.ts";
import { checkUnread, ReadPipeTransport } from "./readPipe.ts";
import { WritePipeTransport } from "./writePipe.ts";

/**
 * The protocol that the factory makes gets what is read from `pipe`: `process.stdin`, or any readable stream of bytes.
 * Closing the transport closes the stream; of `process.stdin` it just lets go. `loop.connect_read_pipe`.
 *
 * @throws RuntimeError if another transport reads the stream.
 */
export const connectReadPipe = /* @__PURE__ */ thenable(function* connectReadPipe<P extends Protocol>(
  protocolFactory: () => P,
  pipe: Readable,
): Coroutine<[ReadTransport, P]> {
  checkFactory(protocolFactory, "connectReadPipe");
  checkStream(pipe, "read", "readable", "connectReadPipe");
  if (pipe.readableObjectMode) throw new TypeError("connectReadPipe expects a stream of bytes, got one of objects");
  checkUnread(pipe, "connectReadPipe");
  const loop = getRunningLoop();
  loop._host.refuse?.("a pipe");
  const protocol = makeProtocol(protocolFactory);
  return yield* connected(loop, new ReadPipeTransport(loop, pipe, protocol), protocol);
});

/**
 * Writes through the transport go to `pipe`: `process.stdout`, or any writable stream. Closing the transport ends the
 * stream; of `process.stdout` and `process.stderr` it just lets go. `loop.connect_write_pipe`.
 */
export const connectWritePipe = /* @__PURE__ */ thenable(function* connectWritePipe<P extends BaseProtocol>(
  protocolFactory: () => P,
  pipe: Writable,
): Coroutine<[WriteTransport, P]> {
  checkFactory(protocolFactory, "connectWritePipe");
  checkStream(pipe, "write", "writable", "connectWritePipe");
  const loop = getRunningLoop();
  loop._host.refuse?.("a pipe");
  const protocol = makeProtocol(protocolFactory);
  return yield* connected(loop, new WritePipeTransport(loop, pipe, protocol), protocol);
});

/** When `connectionMade` was called. */
function* connected<T extends ReadPipeTransport | WritePipeTransport, P>(
  loop: EventLoop,
  transport: T,
  protocol: P,
): Coroutine<[T, P]> {
  const made = new Deferred(loop, "the connection of a pipe");
  loop.callSoon(made.resolve);
  let ready = false;
  try {
    yield* made.future;
    ready = true;
    return [transport, protocol];
  } finally {
    if (!ready) transport.close();
  }
}

function checkStream(pipe: unknown, method: string, kind: string, caller: string): void {
  const stream = pipe as { on?: unknown } | null;
  if (typeof stream?.on === "function" && typeof (stream as Record<string, unknown>)[method] === "function") return;
  throw new TypeError(`${caller} expects a ${kind} stream of Node, got ${describe(pipe)}`);
}
