/** A program that is killed while it answers `tsyncio top` or `record`, in the middle of the line that has argv[2]. */

import { Socket } from "node:net";
import { run, sleep } from "tsyncio";

const word = process.argv[2] as string;
const { write } = Socket.prototype;
let ends = false;
Socket.prototype.write = function (this: Socket, data: unknown, ...rest: never[]): boolean {
  if (ends) return true;
  if (!String(data).includes(word)) return write.call(this, data as string, ...rest);
  ends = true;
  write.call(this, String(data).slice(0, -10), "utf8", () => process.kill(process.pid, "SIGKILL"));
  return true;
} as typeof write;

console.log("runs");
await run(sleep(1000));
