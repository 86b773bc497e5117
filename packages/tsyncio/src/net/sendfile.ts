/** loop.sendfile. */

import { read as readFile } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Socket } from "node:net";
import { ownOptions } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { named, RuntimeError, ValueError } from "../base/errors.ts";
import { thenable } from "../kernel/coroutines.ts";
import { currentLoop } from "../kernel/future.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { Deferred } from "./deferred.ts";
import { ConnectionResetError } from "./osErrors.ts";
import type { Transport } from "./protocols.ts";
import { SocketTransport } from "./socketTransport.ts";

/** The system cannot send this file by itself: `asyncio.SendfileNotAvailableError`. */
export const SendfileNotAvailableError = /* @__PURE__ */ named(
  "SendfileNotAvailableError",
  class SendfileNotAvailableError extends RuntimeError {},
);
export type SendfileNotAvailableError = InstanceType<typeof SendfileNotAvailableError>;

/** Bytes that are read at once. */
const PIECE = 256 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * Sends a file from `offset` on, or `count` bytes of it, and returns how many were sent: `loop.sendfile`. The file is
 * one of `node:fs/promises`, or its descriptor; its own position stays where it is. It is read and written in pieces,
 * as fast as the peer takes them. Other writes to the transport are a `RuntimeError` meanwhile.
 *
 * @throws SendfileNotAvailableError with `fallback: false`: JavaScript has no system call for it.
 * @throws ConnectionResetError if the connection ends.
 * @throws OSError if the file cannot be read.
 * @throws RuntimeError if the transport is closing, or sends another file.
 */
export const sendfile = /* @__PURE__ */ thenable(function* sendfile(
  transport: Transport,
  file: FileHandle | number,
  offset: number = 0,
  count: number | null = null,
  options: { fallback?: boolean } = {},
): Coroutine<number> {
  const { fallback = true } = ownOptions("sendfile", options, { fallback: true });
  const loop = currentLoop();
  if (!(transport instanceof SocketTransport)) throw new RuntimeError(`sendfile is not supported for ${transport}`);
  const fd = typeof file === "number" ? file : file?.fd;
  if (!Number.isInteger(fd)) throw new TypeError(`sendfile expects an open file, got ${describe(file)}`);
  check(offset, "offset", 0);
  if (count !== null) check(count, "count", 1);
  loop._host.refuse?.("a file");
  if (transport.isClosing()) throw new RuntimeError("Transport is closing");
  if (!fallback) throw unavailable(transport, file);
  transport.writing.beginSendfile();
  try {
    for (let sent = 0; ; ) {
      const size = count === null ? PIECE : Math.min(PIECE, count - sent);
      const piece = size === 0 ? NOTHING : yield* read(loop, fd, offset + sent, size);
      if (piece.length === 0) return sent;
      if (transport.isClosing()) throw lost();
      transport.writing.writePiece(piece);
      sent += piece.length;
      if (transport.getWriteBufferSize() > transport.getWriteBufferLimits()[1]) yield* flushed(loop, transport.socket);
    }
  } finally {
    transport.writing.endSendfile();
  }
});

function unavailable(transport: SocketTransport, file: FileHandle | number): RuntimeError {
  if (!transport.canWriteEof()) {
    return new RuntimeError(
      `fallback is disabled and native sendfile is not supported for transport ${transport}: there is TLS on it`,
    );
  }
  return new SendfileNotAvailableError(
    `syscall sendfile is not available for ${transport} and file ${describe(file)}: JavaScript has none. ` +
      "Leave out `fallback: false`, and the file is read and written",
  );
}

function check(value: unknown, name: string, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw new ValueError(`${name} must be a whole number from ${least} on, got ${describe(value)}`);
}

function* read(loop: EventLoop, fd: number, position: number, size: number): Coroutine<Uint8Array> {
  const piece = new Deferred<Uint8Array>(loop, "a piece of a file");
  const buffer = Buffer.allocUnsafeSlow(size);
  readFile(fd, buffer, 0, size, position, (error, length) => piece.settle(error, buffer.subarray(0, length)));
  return yield* piece.future;
}

/** When all that was written is sent. */
function* flushed(loop: EventLoop, socket: Socket): Coroutine<void> {
  const sent = new Deferred(loop, "a peer that takes a file");
  const ended = (): void => sent.reject(lost());
  socket.once("close", ended);
  try {
    socket.write(NOTHING, (error) => {
      if (error != null) ended();
      else sent.resolve();
    });
    yield* sent.future;
  } finally {
    socket.off("close", ended);
  }
}

function lost(): ConnectionResetError {
  return new ConnectionResetError("the connection has ended before all of the file was sent", { code: "ECONNRESET" });
}
