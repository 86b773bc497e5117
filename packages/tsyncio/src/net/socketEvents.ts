/** The events of a socket. The listeners are shared: an idle connection costs no closure. */

import type { Socket } from "node:net";

/** What is called at the events of a socket. */
export interface SocketListener {
  socketRead(data: Uint8Array | string): void;
  socketEnded(): void;
  /** All that was written is sent, or the socket's own side has ended. */
  socketFlushed(): void;
  socketFailed(error: Error): void;
  socketClosed(): void;
}

const LISTENER = Symbol("tsyncio.listener");

interface ListenedSocket extends Socket {
  [LISTENER]: SocketListener | Pick<SocketListener, "socketClosed">;
}

function onData(this: ListenedSocket, chunk: Uint8Array | string): void {
  (this[LISTENER] as SocketListener).socketRead(chunk);
}

function onEnd(this: ListenedSocket): void {
  (this[LISTENER] as SocketListener).socketEnded();
}

function onFlushed(this: ListenedSocket): void {
  (this[LISTENER] as SocketListener).socketFlushed();
}

function onError(this: ListenedSocket, error: Error): void {
  (this[LISTENER] as SocketListener).socketFailed(error);
}

function onClose(this: ListenedSocket): void {
  this[LISTENER].socketClosed();
}

/** Node throws the error of a socket that has no listener for it. */
export function ignoreError(): void {}

/** Node tells that TLS has failed, and leaves the socket open. */
export function endByError(this: Socket, error: Error): void {
  this.destroy(error);
}

export function listen(socket: Socket, listener: SocketListener): void {
  const listened = socket as ListenedSocket;
  listened[LISTENER] = listener;
  listened.off("error", ignoreError);
  listened.on("data", onData).on("end", onEnd).on("drain", onFlushed).on("finish", onFlushed);
  listened.on("error", onError).on("close", onClose);
}

/** Undoes `listen`. The errors of the socket are ignored from now on. */
export function unlisten(socket: Socket): void {
  const listened = socket as ListenedSocket;
  listened.off("data", onData).off("end", onEnd).off("drain", onFlushed).off("finish", onFlushed);
  listened.off("error", onError).off("close", onClose);
  listened.on("error", ignoreError);
}

/** Listens to the end only, and ignores errors. */
export function listenToClose(socket: Socket, listener: Pick<SocketListener, "socketClosed">): void {
  (socket as ListenedSocket)[LISTENER] = listener;
  socket.on("error", ignoreError).on("close", onClose);
}

/** Undoes `listenToClose`. */
export function unlistenToClose(socket: Socket): void {
  (socket as ListenedSocket).off("close", onClose);
}

/** What was given to `listenToClose`. */
export function listenerOf(socket: Socket): unknown {
  return (socket as Partial<ListenedSocket>)[LISTENER];
}
