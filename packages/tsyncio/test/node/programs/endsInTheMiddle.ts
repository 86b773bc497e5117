/** A program that is killed while it answers `tsyncio top` or `record`, in the middle of the message with argv[2]. */

import { Socket } from "node:net";
import { run, sleep } from "tsyncio";

const word = process.argv[2] as string;
const { write } = Socket.prototype;
let ends = false;
Socket.prototype.write = function (this: Socket, data: unknown, ...rest: never[]): boolean {
  if (ends) return true;
  const bytes = Buffer.from(data as Uint8Array);
  if (!bytes.includes(word)) return write.call(this, data as Uint8Array, ...rest);
  ends = true;
  const kill = (): void => void process.kill(process.pid, "SIGKILL");
  write.call(this, bytes.subarray(0, -10), undefined, kill);
  return true;
} as typeof write;

console.log("runs");
await run(sleep(1000));
