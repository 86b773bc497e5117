/** The errors of `write()`. */

import { describe } from "../base/describe.ts";
import { BrokenPipeError } from "./osErrors.ts";

/** The socket was closed by somebody else, without an error of its own. */
export function brokenPipe(): Error {
  return new BrokenPipeError("write() to a socket that is closed", { code: "EPIPE", syscall: "write" });
}

export function notBytes(data: unknown): TypeError {
  const hint = typeof data === "string" ? " Encode it: new TextEncoder().encode(text)." : "";
  return new TypeError(`write expects a Uint8Array, got ${describe(data)}.${hint}`);
}
