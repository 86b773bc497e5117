/** From a process to its pool: a pipe. */

import { connect, Socket } from "node:net";
import { copyForProcess } from "./copies.ts";
import { CHANNEL, Frames, frame } from "./frames.ts";
import type { ToPool, ToWorker } from "./messages.ts";
import type { PoolLink } from "./poolLink.ts";

export class ChannelLink implements PoolLink {
  readonly block = null;
  readonly copy = copyForProcess;
  private readonly socket = openChannel();

  post(message: ToPool): void {
    const [header, bytes] = frame(message);
    this.socket.cork();
    this.socket.write(header);
    this.socket.write(bytes);
    this.socket.uncork();
  }

  begin(turn: number): boolean {
    this.post(["begun", turn]);
    return true;
  }

  listen(receive: (message: ToWorker) => void): void {
    const frames = new Frames();
    const receiveAny = receive as (message: unknown) => void;
    this.socket.on("data", (chunk: Uint8Array) => frames.add(chunk, receiveAny));
    // The pool is gone, or a job has closed the channel: nothing can be told any more.
    this.socket.on("error", () => {});
    this.socket.on("close", () => process.kill(process.pid, "SIGKILL"));
  }

  take(): undefined {}

  takeSoon(): undefined {}
}

/** On Bun a socket opens a descriptor by connecting to it. */
function openChannel(): Socket {
  if (process.versions.bun === undefined) return new Socket({ fd: CHANNEL, readable: true, writable: true });
  return connect({ fd: CHANNEL } as never);
}
