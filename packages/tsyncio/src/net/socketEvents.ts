/** The events of a socket. The listeners are shared: an idle connection costs no closure. */

import type { Socket } from "node:net";

/** Who hears the events of a socket. */
interface Listener {
  /** @internal */ _received(data: Uint8Array | string): void;
  /** @internal */ _ended(): void;
  /** @internal */ _flushed(): void;
  /** @internal */ _failed(error: Error): void;
  /** @internal */ _gone(): void;
}

const LISTENER = Symbol("tsyncio.transport");

interface HeardSocket extends Socket {
  [LISTENER]: Listener | Pick<Listener, "_gone">;
}

function onData(this: HeardSocket, chunk: Uint8Array | string): void {
  (this[LISTENER] as Listener)._received(chunk);
}

function onEnd(this: HeardSocket): void {
  (this[LISTENER] as Listener)._ended();
}

function onFlushed(this: HeardSocket): void {
  (this[LISTENER] as Listener)._flushed();
}

function onError(this: HeardSocket, error: Error): void {
  (this[LISTENER] as Listener)._failed(error);
}

function onClose(this: HeardSocket): void {
  this[LISTENER]._gone();
}

/** Node throws what a socket says when nobody listens any more. */
export function ignoreError(): void {}

/** Node tells that TLS has failed, and leaves the socket open. */
export function endByError(this: Socket, error: Error): void {
  this.destroy(error);
}

export function hear(socket: Socket, listener: Listener): void {
  const heard = socket as HeardSocket;
  heard[LISTENER] = listener;
  heard.off("error", ignoreError);
  heard.on("data", onData).on("end", onEnd).on("drain", onFlushed).on("finish", onFlushed);
  heard.on("error", onError).on("close", onClose);
}

/** Hears of the end only, and of no error. */
export function hearEnd(socket: Socket, listener: Pick<Listener, "_gone">): void {
  (socket as HeardSocket)[LISTENER] = listener;
  socket.on("error", ignoreError).on("close", onClose);
}

/** Who hears of the end, hears it no more. */
export function forgetEnd(socket: Socket): void {
  (socket as HeardSocket).off("close", onClose);
}

/** Who was given to `hearEnd`. */
export function whoHears(socket: Socket): unknown {
  return (socket as HeardSocket)[LISTENER];
}

/** The listener hears nothing any more, and the socket's errors are nobody's. */
export function silence(socket: Socket): void {
  const heard = socket as HeardSocket;
  heard.off("data", onData).off("end", onEnd).off("drain", onFlushed).off("finish", onFlushed);
  heard.off("error", onError).off("close", onClose);
  heard.on("error", ignoreError);
}
