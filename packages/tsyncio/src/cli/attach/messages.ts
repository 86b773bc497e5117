/** What the agent in a process sends: messages, each packed, behind its length. */

import type { Socket } from "node:net";
import { deserialize } from "node:v8";
import type { FromAgent } from "./agent.ts";

/** Of the length. */
const HEAD = 4;

/** One that is cut off by the end of the connection is dropped. */
export function onMessages(socket: Socket, take: (message: FromAgent) => void): void {
  /** What has not been taken yet, and how many bytes are needed to go on. */
  let parts: Buffer[] = [];
  let size = 0;
  let needed = HEAD;
  socket.on("data", (part: Buffer) => {
    parts.push(part);
    size += part.length;
    if (size < needed) return;
    let rest = Buffer.concat(parts);
    for (needed = HEAD; rest.length >= needed; needed = HEAD) {
      needed += rest.readUInt32LE();
      if (rest.length < needed) break;
      take(deserialize(rest.subarray(HEAD, needed)) as FromAgent);
      rest = rest.subarray(needed);
    }
    parts = [rest];
    size = rest.length;
  });
}
