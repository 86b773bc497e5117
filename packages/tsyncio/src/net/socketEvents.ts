/** The events of a socket. The listeners are shared: an idle connection costs no closure. */

import type { Socket } from "node:net";

/** Who hears the events of a socket. */
interface Listener {
  /** @internal */ _received(chunk: Uint8Array): void;
  /** @internal */ _ended(): void;
  /** @internal */ _flushed(): void;
  /** @internal */ _failed(error: Error): void;
  /** @internal */ _gone(): void;
}

const LISTENER = Symbol("tsyncio.transport");

interface HeardSocket extends Socket {
  [LISTENER]: Listener;
}

function onData(this: HeardSocket, chunk: Uint8Array): void {
  this[LISTENER]._received(chunk);
}

function onEnd(this: HeardSocket): void {
  this[LISTENER]._ended();
}

function onFlushed(this: HeardSocket): void {
  this[LISTENER]._flushed();
}

function onError(this: HeardSocket, error: Error): void {
  this[LISTENER]._failed(error);
}

function onClose(this: HeardSocket): void {
  this[LISTENER]._gone();
}

/** Node throws what a socket says when nobody listens any more. */
export function ignoreError(): void {}

export function hear(socket: Socket, listener: Listener): void {
  const heard = socket as HeardSocket;
  heard[LISTENER] = listener;
  heard.off("error", ignoreError);
  heard.on("data", onData).on("end", onEnd).on("drain", onFlushed).on("finish", onFlushed);
  heard.on("error", onError).on("close", onClose);
}

/** The listener hears nothing any more, and the socket's errors are nobody's. */
export function silence(socket: Socket): void {
  const heard = socket as HeardSocket;
  heard.off("data", onData).off("end", onEnd).off("drain", onFlushed).off("finish", onFlushed);
  heard.off("error", onError).off("close", onClose);
  heard.on("error", ignoreError);
}
