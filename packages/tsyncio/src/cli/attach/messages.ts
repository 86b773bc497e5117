/** What the agent in a process sends: lines of JSON, some followed by bytes. */

import type { Socket } from "node:net";
import type { FromAgent } from "./agent.ts";

const NEWLINE = 10;

/** One that is cut off by the end of the connection is dropped. */
export function onMessages(socket: Socket, take: (message: FromAgent, bytes: Buffer) => void): void {
  /** What has not been taken yet, and the message of which the bytes are missing. */
  let parts: Buffer[] = [];
  let head: FromAgent | null = null;
  socket.on("data", (part: Buffer) => {
    parts.push(part);
    if (head === null && !part.includes(NEWLINE)) return;
    let rest = Buffer.concat(parts);
    for (;;) {
      if (head === null) {
        const end = rest.indexOf(NEWLINE);
        if (end < 0) break;
        head = JSON.parse(rest.toString("utf8", 0, end)) as FromAgent;
        rest = rest.subarray(end + 1);
      }
      const size = "bytes" in head ? head.bytes : 0;
      if (rest.length < size) break;
      take(head, rest.subarray(0, size));
      head = null;
      rest = rest.subarray(size);
    }
    parts = [rest];
  });
}
